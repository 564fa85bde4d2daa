using System.Collections.Concurrent;
using Akka.Broker.Controller;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Gateway;

/// <summary>What each client id may produce and fetch where nothing altered at run time says otherwise.</summary>
/// <param name="ProducerByteRate">Bytes a second; <see cref="long.MaxValue"/>: no limit.</param>
/// <param name="ConsumerByteRate">The same.</param>
/// <param name="WindowSeconds">What may be saved up, and how long one may be held back at once.</param>
public sealed record QuotaOptions(long ProducerByteRate, long ConsumerByteRate, int WindowSeconds);

/// <summary>
/// Holds clients back that are faster than their quota, or whose requests take more of this broker's time than theirs (<see cref="ClientQuota"/>). A quota is the
/// client's own of the metadata, or the default there, or this broker's configuration, in that order; it may change at any time. Each client id has a bucket for each
/// quota that fills at its rate. A request takes what it carried; it is answered all the same, and where that leaves the bucket below empty the connection is muted
/// until it would be full enough (KIP-219). Clients without an id share one. Thread-safe.
/// <para>Invariants: a bucket never holds more than a window of its rate, and owes none longer than a window beyond one request.</para>
/// </summary>
public sealed class ClientQuotas(QuotaOptions options, MetadataCache metadata, TimeProvider time) : IRequestQuota
{
    /// <summary>Beyond so many, those that nobody has used for a window make room: a client that invents ids costs no memory for good.</summary>
    private const int ClientsKeptMax = 10_000;

    private readonly ConcurrentDictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private volatile Summary _summary = new(ClientQuotaImage.Empty, options);

    public bool CountsTime => Now().LimitsTime;

    public int BytesThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes)
    {
        var summary = Now();
        if (bytes == 0 || !summary.LimitsBytes)
            return 0;
        var now = time.GetTimestamp();
        var client = Find(context, summary, now);
        return apiKey == ApiKey.Produce ? client.Produced.Take(bytes, client.Rates.Produced, now) : client.Fetched.Take(bytes, client.Rates.Fetched, now);
    }

    public int TimeThrottleTimeMs(RequestContext context)
    {
        var summary = Now();
        if (!summary.LimitsTime)
            return 0;
        var now = time.GetTimestamp();
        var client = Find(context, summary, now);
        return client.Time.Take(0, client.Rates.Time, now);
    }

    public void OnHandled(RequestContext context, TimeSpan taken)
    {
        var summary = Now();
        if (!summary.LimitsTime)
            return;
        var now = time.GetTimestamp();
        var client = Find(context, summary, now);
        client.Time.Take(taken.TotalSeconds, client.Rates.Time, now);
    }

    /// <summary>Of the newest metadata.</summary>
    private Summary Now()
    {
        var quotas = metadata.Current.ClientQuotas;
        var summary = _summary;
        return ReferenceEquals(summary.Quotas, quotas) ? summary : _summary = new Summary(quotas, options);
    }

    private Client Find(RequestContext context, Summary summary, long now)
    {
        var id = context.ClientId ?? "";
        if (!_clients.TryGetValue(id, out var client))
        {
            if (_clients.Count > ClientsKeptMax)
                ForgetIdle(now);
            client = _clients.GetOrAdd(id, static (_, start) => new Client(start.Now, start.Time, start.Window), (Now: now, Time: time, Window: options.WindowSeconds));
        }
        if (!ReferenceEquals(client.Rates.Quotas, summary.Quotas))
            client.Rates = RatesOf(id, summary.Quotas);
        return client;
    }

    private Rates RatesOf(string clientId, ClientQuotaImage quotas) => new(
        quotas,
        quotas.Find(clientId, ClientQuota.ProducerByteRate) ?? Unless(options.ProducerByteRate),
        quotas.Find(clientId, ClientQuota.ConsumerByteRate) ?? Unless(options.ConsumerByteRate),
        quotas.Find(clientId, ClientQuota.RequestPercentage) / 100 ?? double.PositiveInfinity);

    private static double Unless(long rate) => rate == long.MaxValue ? double.PositiveInfinity : rate;

    private void ForgetIdle(long now)
    {
        foreach (var entry in _clients)
        {
            if (time.GetElapsedTime(entry.Value.UsedAt, now).TotalSeconds > options.WindowSeconds)
                _clients.TryRemove(entry);
        }
    }

    /// <summary>Whether anybody is limited at all: mostly nobody is, and then nothing is counted.</summary>
    private sealed class Summary(ClientQuotaImage quotas, QuotaOptions options)
    {
        public ClientQuotaImage Quotas { get; } = quotas;

        public bool LimitsBytes { get; } = options.ProducerByteRate != long.MaxValue || options.ConsumerByteRate != long.MaxValue
            || Names(quotas).Any(n => n != ClientQuota.RequestPercentage);

        public bool LimitsTime { get; } = Names(quotas).Contains(ClientQuota.RequestPercentage);

        private static IEnumerable<string> Names(ClientQuotaImage quotas) => quotas.OfOthers.Keys.Concat(quotas.ByClientId.Values.SelectMany(q => q.Keys));
    }

    /// <summary>What one client may have a second: bytes, and seconds of a thread.</summary>
    private sealed record Rates(ClientQuotaImage? Quotas, double Produced, double Fetched, double Time);

    private sealed class Client(long now, TimeProvider time, int windowSeconds)
    {
        private static readonly Rates NotKnownYet = new(null, 0, 0, 0);
        private volatile Rates _rates = NotKnownYet;

        public Rates Rates
        {
            get => _rates;
            set => _rates = value;
        }

        public Bucket Produced { get; } = new(now, time, windowSeconds);

        public Bucket Fetched { get; } = new(now, time, windowSeconds);

        public Bucket Time { get; } = new(now, time, windowSeconds);

        public long UsedAt => Math.Max(Produced.UsedAt, Math.Max(Fetched.UsedAt, Time.UsedAt));
    }

    /// <summary>Full to begin with, and in seconds of its rate, so that another rate leaves it as full as it was.</summary>
    private sealed class Bucket(long now, TimeProvider time, int windowSeconds)
    {
        private readonly Lock _gate = new();
        private double _seconds = windowSeconds;
        private long _usedAt = now;

        public long UsedAt => Volatile.Read(ref _usedAt);

        /// <summary>For how many ms the client is ahead of its rate then.</summary>
        public int Take(double amount, double rate, long now)
        {
            lock (_gate)
            {
                _seconds = Math.Min(windowSeconds, _seconds + Math.Max(0, time.GetElapsedTime(_usedAt, now).TotalSeconds));
                Volatile.Write(ref _usedAt, Math.Max(_usedAt, now));
                // What lies longer back than a window is forgiven: one large request must not mute its client for minutes.
                _seconds = Math.Max(_seconds - (amount / rate), -windowSeconds);
                return _seconds >= 0 ? 0 : (int)Math.Ceiling(-_seconds * 1000);
            }
        }
    }
}
