using Akka.Actor;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// What the parts of a consumer share: its settings, its ways to the brokers, its clock. Joining waits at the coordinator and fetching at the leaders, so each has a lane
/// of its own; commits and questions about offsets go by a third and wait for neither.
/// </summary>
internal sealed class ConsumerContext(IClusterClient cluster, ConsumerSettings settings, TimeSpan retryBackoff, TimeProvider time, IActorRef self, ILoggingAdapter log)
    : IAsyncDisposable
{
    private readonly long _startedAt = time.GetTimestamp();

    public ConsumerSettings Settings { get; } = settings;

    public ConsumerTelemetry Telemetry { get; init; } = ConsumerTelemetry.Nameless;

    /// <summary>How long what brokers have said of topics and replicas is believed.</summary>
    public long MetadataMaxAgeMs { get; init; } = long.MaxValue;

    public IClusterClient Cluster { get; } = cluster;

    public IClusterClient GroupLane { get; } = cluster.OnLane("group");

    public IClusterClient FetchLane { get; } = cluster.OnLane("fetch");

    public IClusterClient OffsetLane { get; } = cluster.OnLane("offsets");

    public IActorRef Self { get; } = self;

    public ILoggingAdapter Log { get; } = log;

    public long BackoffMs { get; } = (long)Math.Max(1, retryBackoff.TotalMilliseconds);

    /// <summary>Since the consumer's start; never goes back.</summary>
    public long NowMs => (long)time.GetElapsedTime(_startedAt).TotalMilliseconds;

    public DateTimeOffset WallClock => time.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await GroupLane.DisposeAsync().ConfigureAwait(false);
        await FetchLane.DisposeAsync().ConfigureAwait(false);
        await OffsetLane.DisposeAsync().ConfigureAwait(false);
    }
}
