/*
 * The kernel of the int16 product for one kind of vector. int16.c includes it, having defined
 *   KERNEL    the function to define, and TARGET, its attributes
 *   VECTOR    the type, of HALF int16 or of half as many int32
 *   LOAD(p), ZERO(), ADD16(a, b), ADD32(a, b), MADD(a, b): products lane by lane, added in pairs
 *   STORE3(p, a, b, c): what the lanes of each add up to goes to p[0 .. 2]; p[3] is written, too
 *
 * Two rows by three columns at a time: six sums, four vectors of the rows, two of a column and two
 * of what is in between fill the 15 registers there are. Where a row may end after each group,
 * each is a block of its own: otherwise compilers bring forward the loads of several, and spill.
 */

#define COLUMN(y, p) const VECTOR y##a = LOAD(p), y##b = LOAD((p) + HALF)
#define PRODUCT(sum, x, y) sum = ADD32(sum, MADD(ADD16(x##a, y##b), ADD16(x##b, y##a)))

#define ONE_ROW(i)                                                                                 \
    COLUMN(x0, row0 + (i)*GROUP);                                                                  \
    COLUMN(y0, w + (3 * (i)) * GROUP);                                                             \
    PRODUCT(s00, x0, y0);                                                                          \
    COLUMN(y1, w + (3 * (i) + 1) * GROUP);                                                         \
    PRODUCT(s01, x0, y1);                                                                          \
    COLUMN(y2, w + (3 * (i) + 2) * GROUP);                                                         \
    PRODUCT(s02, x0, y2);

#define TWO_ROWS(i)                                                                                \
    COLUMN(x0, row0 + (i)*GROUP);                                                                  \
    COLUMN(x1, row1 + (i)*GROUP);                                                                  \
    COLUMN(y0, w + (3 * (i)) * GROUP);                                                             \
    PRODUCT(s00, x0, y0);                                                                          \
    PRODUCT(s10, x1, y0);                                                                          \
    COLUMN(y1, w + (3 * (i) + 1) * GROUP);                                                         \
    PRODUCT(s01, x0, y1);                                                                          \
    PRODUCT(s11, x1, y1);                                                                          \
    COLUMN(y2, w + (3 * (i) + 2) * GROUP);                                                         \
    PRODUCT(s02, x0, y2);                                                                          \
    PRODUCT(s12, x1, y2);

#define ALL_GROUPS(GROUP_OF, NEXT)                                                                 \
    for (const int16_t *w = columns;; w += 4 * 3 * GROUP) {                                        \
        {                                                                                          \
            GROUP_OF(0)                                                                            \
        }                                                                                          \
        if (row0 == end - GROUP)                                                                   \
            break;                                                                                 \
        {                                                                                          \
            GROUP_OF(1)                                                                            \
        }                                                                                          \
        if (row0 == end - 2 * GROUP)                                                               \
            break;                                                                                 \
        {                                                                                          \
            GROUP_OF(2)                                                                            \
        }                                                                                          \
        if (row0 == end - 3 * GROUP)                                                               \
            break;                                                                                 \
        {GROUP_OF(3)}(NEXT);                                                                       \
        if (row0 == end)                                                                           \
            break;                                                                                 \
    }

static void __attribute__((noinline)) TARGET KERNEL(const int16_t *q, size_t pitch, size_t rows,
                                                    const int16_t *columns, size_t depth,
                                                    uint32_t *sums)
{
    for (; rows >= 2; rows -= 2, q += 2 * pitch, sums += 2 * SUMS_PITCH) {
        const int16_t *row0 = q, *row1 = q + pitch, *const end = q + depth;
        VECTOR s00 = ZERO(), s01 = s00, s02 = s00, s10 = s00, s11 = s00, s12 = s00;
        ALL_GROUPS(TWO_ROWS, (row0 += 4 * GROUP, row1 += 4 * GROUP))
        STORE3(sums, s00, s01, s02);
        STORE3(sums + SUMS_PITCH, s10, s11, s12);
    }
    if (rows > 0) {
        const int16_t *row0 = q, *const end = q + depth;
        VECTOR s00 = ZERO(), s01 = s00, s02 = s00;
        ALL_GROUPS(ONE_ROW, row0 += 4 * GROUP)
        STORE3(sums, s00, s01, s02);
    }
}

#undef COLUMN
#undef PRODUCT
#undef ONE_ROW
#undef TWO_ROWS
#undef ALL_GROUPS
