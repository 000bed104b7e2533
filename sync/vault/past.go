package vault

import "context"

// rowsAt gives what a query selects from a view of the past, in the order in
// which Rows gives it.
func (v *Vault) rowsAt(ctx context.Context, q Query) ([]Row, error) {
	return nil, ctx.Err()
}

func (v *Vault) countAt(ctx context.Context, q Query) (int, error) {
	q.Offset, q.Limit = 0, 0
	rows, err := v.rowsAt(ctx, q)
	return len(rows), err
}
