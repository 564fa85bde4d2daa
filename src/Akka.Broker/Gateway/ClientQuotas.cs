using System.Collections.Concurrent;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>Bytes a second that a client id may produce and fetch.</summary>
/// <param name="ProducerByteRate"><see cref="long.MaxValue"/>: no limit.</param>
/// <param name="ConsumerByteRate">The same.</param>
/// <param name="WindowSeconds">What may be saved up, and how long one may be held back at once.</param>
public sealed record QuotaOptions(long ProducerByteRate, long ConsumerByteRate, int WindowSeconds)
{
    public bool IsUnlimited => ProducerByteRate == long.MaxValue && ConsumerByteRate == long.MaxValue;
}

/// <summary>
/// Holds clients back that are faster than their quota: each client id has, for each direction, a bucket that fills at the quota's rate. A request takes what it
/// carried; it is answered all the same, and where that leaves the bucket below empty the connection is muted until it would be full enough (KIP-219).
/// Clients without an id share one. Thread-safe.
/// <para>Invariants: a bucket never holds more than a window of its rate, and owes none longer than a window beyond one request.</para>
/// </summary>
public sealed class ClientQuotas(QuotaOptions options, TimeProvider time) : IRequestQuota
{
    /// <summary>Beyond so many, those that nobody has used for a window make room: a client that invents ids costs no memory for good.</summary>
    private const int ClientsKeptMax = 10_000;

    private readonly ConcurrentDictionary<(string ClientId, ApiKey Api), Bucket> _buckets = new();

    public int ThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes)
    {
        var rate = apiKey == ApiKey.Produce ? options.ProducerByteRate : options.ConsumerByteRate;
        if (rate == long.MaxValue || bytes == 0)
            return 0;
        var now = time.GetTimestamp();
        if (_buckets.Count > ClientsKeptMax)
            ForgetIdle(now);
        var bucket = _buckets.GetOrAdd((context.ClientId ?? "", apiKey), static (_, start) => new Bucket(start.Full, start.Now), (Full: (double)rate * options.WindowSeconds, Now: now));
        return bucket.Take(bytes, rate, options.WindowSeconds, now, time);
    }

    private void ForgetIdle(long now)
    {
        foreach (var (key, bucket) in _buckets)
        {
            if (time.GetElapsedTime(bucket.UsedAt, now).TotalSeconds > options.WindowSeconds)
                _buckets.TryRemove(KeyValuePair.Create(key, bucket));
        }
    }

    private sealed class Bucket(double content, long now)
    {
        private readonly Lock _gate = new();
        private double _content = content;
        private long _usedAt = now;

        public long UsedAt => Volatile.Read(ref _usedAt);

        public int Take(long bytes, long rate, int windowSeconds, long now, TimeProvider time)
        {
            lock (_gate)
            {
                var full = (double)rate * windowSeconds;
                _content = Math.Min(full, _content + (time.GetElapsedTime(_usedAt, now).TotalSeconds * rate));
                Volatile.Write(ref _usedAt, Math.Max(_usedAt, now));
                // What lies longer back than a window is forgiven: one large request must not mute its client for minutes.
                _content = Math.Max(_content - bytes, -full);
                return _content >= 0 ? 0 : (int)Math.Ceiling(-_content / rate * 1000);
            }
        }
    }
}
