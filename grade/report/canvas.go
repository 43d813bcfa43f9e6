package report

import (
	_ "embed"
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// chartCSS are the colours of pictures, for light and dark; the page has them once, a picture of its own brings them along.
//
//go:embed chart.css
var chartCSS string

// canvas collects the elements of one SVG picture. Lengths are in its own units, which a page scales.
type canvas struct {
	id     string // unique in a page
	width  float64
	height float64
	body   strings.Builder
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.body, format+"\n", args...) }

func (c *canvas) rect(class string, x, y, w, h float64) {
	c.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, num(x), num(y), num(max(w, 0)), num(max(h, 0)))
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.add(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, num(x1), num(y1), num(x2), num(y2))
}

// text writes at a baseline; anchor is start, middle or end.
func (c *canvas) text(class, anchor string, x, y float64, s string) {
	c.add(`<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, num(x), num(y), anchor, html.EscapeString(s))
}

// svg is the picture, whose title and description are read to those who do not see it. style is empty within a page.
func (c *canvas) svg(title, about, style string) string {
	var b strings.Builder
	margin := 0.0
	if style != "" {
		margin = 16
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="%s %s %s %s" role="img" aria-labelledby="%s-t %s-d">`+"\n",
		num(-margin), num(-margin), num(c.width+2*margin), num(c.height+2*margin), c.id, c.id)
	fmt.Fprintf(&b, "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>\n", c.id, html.EscapeString(title), c.id, html.EscapeString(about))
	if style != "" {
		fmt.Fprintf(&b, "<style>%s</style>\n<rect class=\"back\" x=\"%s\" y=\"%s\" width=\"100%%\" height=\"100%%\"/>\n", style, num(-margin), num(-margin))
	}
	fmt.Fprintf(&b, `<defs><pattern id="%s-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`+
		`<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>`+"\n", c.id)
	b.WriteString(c.body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// key is one entry of a legend: a swatch of a class, as a line or a box, and what it stands for.
type key struct {
	class string
	line  bool
	text  string
}

// legend writes entries from x to the picture's right edge, breaking lines, and gives the baseline of the last one.
func (c *canvas) legend(x, y float64, keys []key) float64 {
	left := x
	for _, k := range keys {
		width := 17 + textWidth(k.text) + 10
		if x > left && x+width-10 > c.width {
			x, y = left, y+16
		}
		if k.line {
			c.line(k.class, x, y-3.5, x+12, y-3.5)
		} else {
			c.rect(k.class, x, y-8, 12, 9)
		}
		c.text("label", "start", x+17, y, k.text)
		x += width
	}
	return y
}

// textWidth is about what a text takes in the size of labels; nobody knows which font a reader has.
func textWidth(s string) float64 { return 6.1 * float64(len([]rune(s))) }

func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// step is a round distance of ticks so that at most so many cover a span.
func step(span float64, most int, round []float64) float64 {
	for _, s := range round {
		if span/s <= float64(most) {
			return s
		}
	}
	s := round[len(round)-1]
	for span/s > float64(most) {
		s *= 2
	}
	return s
}

var (
	roundTimes  = []float64{1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600}
	roundCounts = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
)

// clock writes a time on an axis whose ticks lie so far apart.
func clock(seconds, apart float64) string {
	if seconds == 0 {
		return "0"
	}
	if apart < 60 || math.Mod(apart, 60) != 0 {
		return num(seconds) + " s"
	}
	return num(seconds/60) + " min"
}
