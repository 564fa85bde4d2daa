using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>What <see cref="OfflineReplicas"/> is made with.</summary>
/// <param name="NodeId">This broker.</param>
/// <param name="IncarnationId">Of this life: a report of another is not made for it.</param>
/// <param name="Logs">Where logs fail.</param>
/// <param name="Metadata">What the controller knows.</param>
/// <param name="Node">The node's actor, which gives up what it leads and follows there.</param>
/// <param name="Ask">The way to the controller; a failed task says that it was not heard.</param>
public sealed record OfflineReplicasOptions(
    int NodeId, Guid IncarnationId, LogManager Logs, MetadataCache Metadata, IActorRef Node, Func<ReportOfflineReplicas, Task<OfflineReplicasNoted>> Ask);

/// <summary>
/// Sees to it that the controller knows which replicas of this node are lost to a disk: at once when a log or a data folder fails, and again until the metadata shows it.
/// <code>
///   a log fails ─▶ LogManager ─▶ here ─┬─ LogsFailed ─▶ node's actor: resigns, stops following
///                                      └─ ReportOfflineReplicas ─▶ controller: out of the ISRs, others lead ─▶ metadata ┐
///                                           ▲                                                                          │
///                                           └── each second, as long as the metadata says something else ◀─────────────┘
/// </code>
/// One per life of the node. It keeps nothing: what is offline stands in the logs, what is known in the metadata.
/// </summary>
public sealed class OfflineReplicas : ReceiveActor, IWithTimers
{
    private const int ReasonsMax = 3;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    // Logs that fail together, as those of a folder do, are reported together.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private readonly OfflineReplicasOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Action _onFailed;
    private bool _isAsking;
    private bool _hasFailed;

    public OfflineReplicas(OfflineReplicasOptions options)
    {
        _options = options;
        var self = Self;
        _onFailed = () => self.Tell(LogsFailed.Instance);
        Receive<LogsFailed>(_ => OnFailed());
        Receive<Check>(_ => Report());
        Receive<Answered>(OnAnswered);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(OfflineReplicasOptions options) => Akka.Actor.Props.Create(() => new OfflineReplicas(options));

    protected override void PreStart()
    {
        _options.Logs.Failed += _onFailed;
        // In an earlier life of the node, or since the actor was made.
        if (_options.Logs.HasFailures)
            Self.Tell(LogsFailed.Instance);
        Timers.StartPeriodicTimer(nameof(Check), Check.Instance, CheckInterval);
    }

    protected override void PostStop() => _options.Logs.Failed -= _onFailed;

    private void OnFailed()
    {
        _options.Node.Tell(LogsFailed.Instance);
        Timers.StartSingleTimer(nameof(Gathering), Check.Instance, Gathering);
    }

    private void Report()
    {
        var image = _options.Metadata.Current;
        if (_isAsking || !image.Brokers.TryGetValue(_options.NodeId, out var own) || own.IncarnationId != _options.IncarnationId)
            return;
        var why = new SortedSet<string>(StringComparer.Ordinal);
        var offline = LostReplicas.Find(_options.Logs, image, _options.NodeId, why);
        // A topic that is gone does no harm in what the controller knows.
        if (offline.TrueForAll(o => own.OfflineReplicas.Contains(new ReplicaId(o.TopicId, o.Partition))))
            return;
        _isAsking = true;
        var reason = string.Join("; ", why.Take(ReasonsMax));
        _options.Ask(new ReportOfflineReplicas(new OfflineReport(_options.NodeId, own.Epoch, [.. offline], reason))).PipeTo(
            Self,
            success: noted => new Answered(offline.Count, reason, noted.Error == ErrorCode.None ? null : noted.Error.ToString()),
            failure: cause => new Answered(offline.Count, reason, cause.Message));
    }

    private void OnAnswered(Answered answered)
    {
        _isAsking = false;
        if (answered.Failure is { } failure)
        {
            if (!_hasFailed)
                _log.Warning("The controller could not be told that {0} replicas of this node are offline ({1}); it is told again: {2}", answered.Count, answered.Reason, failure);
            _hasFailed = true;
            return;
        }
        _hasFailed = false;
        _log.Warning("{0} replicas of this node are offline, as the controller knows: {1}", answered.Count, answered.Reason);
    }

    private sealed record Answered(int Count, string Reason, string? Failure);

    private sealed class Check
    {
        public static readonly Check Instance = new();
    }
}

/// <summary>To the node's actor: logs have gone offline. What is led or followed there is given up.</summary>
public sealed class LogsFailed
{
    public static readonly LogsFailed Instance = new();
}
