using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>
/// What requests were asked and how long they took, by API. A request's time is cut at what the connection sees of it:
/// <code>
///   whole frame here ── queue ──▶ handed to its handler ── local, remote ──▶ answered ── send ──▶ taken by the socket
/// </code>
/// <c>queue</c>: behind earlier requests of its connection. <c>remote</c>: waiting for replicas (produce) or for records to come (fetch). <c>local</c>: the
/// rest of the handler's time, this node's disk included. <c>send</c>: until all responses before it, and it, were handed to the socket.
/// Followers' fetches are apart as <c>FetchFollower</c>. Recorded once a request, when its response is sent. Thread-safe.
/// </summary>
internal sealed class RequestFigures(TimeProvider time) : IFigures
{
    private const string ReplicaFetch = "FetchFollower";

    /// <summary>Kafka's numbers are below; what only brokers of ours ask each other is not counted.</summary>
    private const int ApisMax = 128;

    private readonly HistogramFamily _durations =
        new("akka.broker.request.duration", "Time from a request's arrival to its response's sending, whole (total) and by phase.", time);

    private readonly ApiFigures?[] _byApi = new ApiFigures?[ApisMax];
    private readonly ConcurrentQueue<ApiFigures> _all = new();
    private readonly Lock _gate = new();
    private ApiFigures? _replicaFetch;

    /// <summary>The response, or the silence, has left.</summary>
    public void OnSent(Exchange exchange, long now)
    {
        var api = exchange.Api;
        if ((uint)api >= (uint)_byApi.Length)
            return;
        var figures = exchange.Response.IsForReplica ? _replicaFetch ?? MakeReplicaFetch() : _byApi[(int)api] ?? Make(api);
        figures.OnSent(exchange, now);
    }

    public void PublishTo(BrokerMeter meter)
    {
        meter.Counter("akka.broker.requests", null, "Requests that were answered.", () => Each(a => a.Requests));
        meter.Counter("akka.broker.request.bytes", "By", "Bytes of requests that were answered.", () => Each(a => a.BytesIn));
        meter.Counter("akka.broker.response.bytes", "By", "Bytes of responses that were sent.", () => Each(a => a.BytesOut));
        meter.Counter("akka.broker.requests.throttled", null, "Requests whose client was held back by a quota.", () => Each(a => a.Throttled));
        meter.Histogram(_durations);
    }

    private IEnumerable<Measurement<long>> Each(Func<ApiFigures, long> value) => _all.Select(a => new Measurement<long>(value(a), a.Tag));

    private ApiFigures Make(ApiKey api)
    {
        lock (_gate)
            return _byApi[(int)api] ??= Add(api.ToString());
    }

    private ApiFigures MakeReplicaFetch()
    {
        lock (_gate)
            return _replicaFetch ??= Add(ReplicaFetch);
    }

    private ApiFigures Add(string api)
    {
        var figures = new ApiFigures(api, _durations);
        _all.Enqueue(figures);
        return figures;
    }

    private sealed class ApiFigures(string api, HistogramFamily durations)
    {
        private readonly LatencyHistogram _queue = durations.Add(new("api", api), new("phase", "queue"));
        private readonly LatencyHistogram _local = durations.Add(new("api", api), new("phase", "local"));
        private readonly LatencyHistogram _remote = durations.Add(new("api", api), new("phase", "remote"));
        private readonly LatencyHistogram _send = durations.Add(new("api", api), new("phase", "send"));
        private readonly LatencyHistogram _total = durations.Add(new("api", api), new("phase", "total"));
        private long _requests;
        private long _bytesIn;
        private long _bytesOut;
        private long _throttled;

        public KeyValuePair<string, object?> Tag { get; } = new("api", api);

        public long Requests => Volatile.Read(ref _requests);

        public long BytesIn => Volatile.Read(ref _bytesIn);

        public long BytesOut => Volatile.Read(ref _bytesOut);

        public long Throttled => Volatile.Read(ref _throttled);

        public void OnSent(Exchange exchange, long now)
        {
            var response = exchange.Response;
            Interlocked.Increment(ref _requests);
            Interlocked.Add(ref _bytesIn, exchange.RequestBytes);
            if (response.Writer is { } writer)
                Interlocked.Add(ref _bytesOut, writer.TotalBytes);
            if (response.ThrottleTimeMs > 0)
                Interlocked.Increment(ref _throttled);
            _queue.Record(exchange.StartedAt - exchange.ReceivedAt);
            _local.Record(Math.Max(0, exchange.AnsweredAt - exchange.StartedAt - response.RemoteTicks));
            if (response.RemoteTicks > 0)
                _remote.Record(response.RemoteTicks);
            _send.Record(now - exchange.AnsweredAt);
            _total.Record(now - exchange.ReceivedAt);
        }
    }
}
