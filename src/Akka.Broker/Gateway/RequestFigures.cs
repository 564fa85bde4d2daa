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

    /// <summary>How many kinds of requests were answered so far.</summary>
    public int Count => _all.Count;

    /// <summary>The response, or the silence, has left.</summary>
    public void OnSent(in MeasuredRequest request, in ResponseFrame response, long now)
    {
        var api = request.Api;
        if ((uint)api >= (uint)_byApi.Length)
            return;
        var figures = response.IsForReplica ? _replicaFetch ?? MakeReplicaFetch() : _byApi[(int)api] ?? Make(api);
        figures.OnSent(request, response, now);
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

        public void OnSent(in MeasuredRequest request, in ResponseFrame response, long now)
        {
            Interlocked.Increment(ref _requests);
            Interlocked.Add(ref _bytesIn, request.Bytes);
            if (response.Writer is { } writer)
                Interlocked.Add(ref _bytesOut, writer.TotalBytes);
            if (response.ThrottleTimeMs > 0)
                Interlocked.Increment(ref _throttled);
            _queue.Record(request.StartedAt - request.ReceivedAt);
            _local.Record(Math.Max(0, request.AnsweredAt - request.StartedAt - response.RemoteTicks));
            if (response.RemoteTicks > 0)
                _remote.Record(response.RemoteTicks);
            _send.Record(now - request.AnsweredAt);
            _total.Record(now - request.ReceivedAt);
        }
    }
}

/// <summary>A request that is through. Times are ticks of the gateway's clock.</summary>
/// <param name="Api">What was asked.</param>
/// <param name="Bytes">Of the request.</param>
/// <param name="ReceivedAt">When it was here whole.</param>
/// <param name="StartedAt">When its handler began.</param>
/// <param name="AnsweredAt">When its handler had answered.</param>
internal readonly record struct MeasuredRequest(ApiKey Api, int Bytes, long ReceivedAt, long StartedAt, long AnsweredAt);
