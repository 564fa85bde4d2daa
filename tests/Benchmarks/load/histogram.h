/* Latencies in nanoseconds, in buckets that are 1/64 wide of their value: 1.6 % of error, any range, 30 KiB. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define SUB_BITS 6
#define SUBS (1 << SUB_BITS)
#define BUCKETS ((64 - SUB_BITS) * SUBS)

struct histogram {
    uint64_t counts[BUCKETS];
    uint64_t total;
    uint64_t max;
};

static inline int bucket_of(uint64_t value)
{
    if (value < SUBS)
        return (int)value;
    int shift = 63 - __builtin_clzll(value) - SUB_BITS;
    return ((shift + 1) << SUB_BITS) + (int)((value >> shift) & (SUBS - 1));
}

/* The middle of a bucket. */
static inline double value_of(int bucket)
{
    if (bucket < SUBS)
        return bucket;
    int shift = (bucket >> SUB_BITS) - 1;
    return (double)(((uint64_t)(SUBS + (bucket & (SUBS - 1))) << shift)) + (double)(1ULL << shift) / 2;
}

static inline void histogram_add(struct histogram *h, uint64_t value)
{
    h->counts[bucket_of(value)]++;
    h->total++;
    if (value > h->max)
        h->max = value;
}

/* The smallest value that at least the given share (0 to 1) of all values do not exceed. */
static inline double histogram_at(const struct histogram *h, double share)
{
    uint64_t rank = (uint64_t)(share * (double)h->total), seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > rank)
            return value_of(i);
    }
    return (double)h->max;
}

#endif
