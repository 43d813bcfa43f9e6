package aws

// altered is one change that a call of the wire API makes to a record, with the record in hand.
func (c *Cloud) altered(token, id string, f func(t *Tx) error) error {
	release, err := c.hold(token, id)
	if err != nil {
		return err
	}
	defer release()
	return c.store.update(f)
}

// placed makes a resource of a kind that programs make too, by the same rules; permission has been asked for already.
func (c *Cloud) placed(in *Call, token string, asked Props) (made *Record, err error) {
	o := &Op{Cloud: c, Env: in.Env, Kind: kinds[token], In: normal(asked), Private: Props{}}
	o.ID = o.Kind.newID(o)
	err = c.altered(token, o.ID, func(t *Tx) error {
		o.Tx = t
		if err := o.place(""); err != nil {
			return err
		}
		made = t.peek(token, o.ID)
		return nil
	})
	return made, err
}
