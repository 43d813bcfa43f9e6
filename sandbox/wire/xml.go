package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"paddock/sandbox/aws"
)

func children(b *bytes.Buffer, p aws.Props, item string) error {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if err := element(b, name, p[name], item); err != nil {
			return err
		}
	}
	return nil
}

// element writes one value with its name; nothing for nil, as AWS leaves out what is not there.
func element(b *bytes.Buffer, name string, v any, item string) error {
	if v == nil {
		return nil
	}
	b.WriteString("<" + name + ">")
	if err := content(b, v, item); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	b.WriteString("</" + name + ">")
	return nil
}

func content(b *bytes.Buffer, v any, item string) error {
	switch v := v.(type) {
	case aws.Props:
		return children(b, v, item)
	case []any:
		for _, e := range v {
			if err := element(b, item, e, item); err != nil {
				return err
			}
		}
		return nil
	case []aws.Props:
		return content(b, widened(v), item)
	case []string:
		return content(b, widened(v), item)
	}
	text, err := scalar(v)
	if err != nil {
		return err
	}
	return xml.EscapeText(b, []byte(text))
}

func widened[T any](list []T) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = e
	}
	return out
}

func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z"), nil
	}
	return "", fmt.Errorf("%T has no form on the wire", v)
}
