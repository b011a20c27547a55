#include "store/value.h"

#include "base/clock.h"

json_t *
value_id(int64_t id)
{
	return id == 0 ? json_null() : json_integer(id);
}

static json_t *
value_rfc3339(int64_t t)
{
	char text[CLOCK_RFC3339];

	return json_string(clock_rfc3339(t, text));
}

json_t *
value_time(int64_t t)
{
	return t == 0 ? json_null() : value_rfc3339(t);
}

json_t *
value_strs(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->item[i]));
	return list;
}

json_t *
value_column(const struct db_row *row, int column)
{
	return db_is_null(row, column) ? json_null()
				       : json_integer(db_int(row, column));
}

json_t *
value_column_time(const struct db_row *row, int column)
{
	return db_is_null(row, column) ? json_null()
				       : value_rfc3339(db_int(row, column));
}
