using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Nodes;

/// <summary>
/// Makes this node do what the newest metadata says of it: opens the logs of its replicas, starts the leaders, deletes what a committed record deleted.
/// One per node; nobody else opens or deletes a log.
/// <code>
/// MetadataChanged ─▶ open logs (off the dispatcher) ─▶ Lead ─▶ region ─▶ entity ─▶ Leading ─▶ LeadersUp to who waits
///                                                  └▶ Follow ─▶ ReplicasActor
///    another leads ─▶ Resign ─▶ the entity here; its log is taken over by the follower
///     led here now ─▶ Unfollow ─▶ ReplicasActor ─▶ Unfollowed ─▶ Lead
///        topic gone ─▶ Resign ─▶ region ─▶ entity ─▶ Resigned ─┬▶ delete the log ─▶ open a new topic of the same name
///    no replica now ─▶ Resign ─▶ the entity here ─▶ Resigned ──┤
///                  └▶ Unfollow ─▶ ReplicasActor ─▶ Unfollowed ─┘
/// </code>
/// <para>
/// Invariants: a partition is wanted exactly if the newest image that was applied names this node its leader, and followed exactly if it names this node a replica and
/// another the leader; nobody is told of leaders before
/// all of a topic's wanted partitions answered <see cref="Leading"/> at their wanted epoch or are offline; nobody is asked to lead what is followed here yet; a log is
/// deleted only after a committed record deleted its topic or this replica of it, and its leader and its follower here, if it had one, are gone; a replica that is
/// given back before that keeps its log, and one that is given back while its log goes gets another when it is gone.
/// </para>
/// <para>
/// A crash leaves nothing: state is rebuilt from the image. If it throws, the node begins another life (<see cref="VitalActor"/>): restarted here it would want nothing, and
/// make every leader of this node resign. A refused or lost <see cref="Lead"/> is sent again at each <see cref="Retry"/>, and a log
/// that could not be opened is tried again; the other partitions do not wait for it.
/// </para>
/// </summary>
public sealed class NodeActor : VitalActor, IWithTimers
{
    public const string Name = "node";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);
    private readonly int _nodeId;
    private readonly LogManager _logs;
    private readonly IActorRef _partitions;
    private readonly Func<TopicImage, LogConfig> _configOf;
    private readonly LedPartitions _led;
    private readonly IActorRef _replicas;

    // The leaderships that the image gives to this node, by epoch; of those, the ones that are not up, with what was last in the way.
    private readonly Dictionary<TopicIdPartition, int> _wanted = [];
    private readonly Dictionary<TopicIdPartition, ErrorCode> _down = [];

    // What is followed, at which epoch; what was, and whose follower has not stopped, by the number of the Unfollow that ends it; what is to be deleted, and whether its leader has yet to resign; whose log goes.
    private readonly Dictionary<TopicIdPartition, int> _followed = [];
    private readonly Dictionary<TopicIdPartition, long> _unfollowing = [];
    private readonly Dictionary<TopicIdPartition, bool> _deleting = [];
    private readonly HashSet<TopicIdPartition> _goingLogs = [];

    // Replicas that the first image gave to this node: it may have had them before it started.
    private readonly HashSet<TopicIdPartition> _known = [];

    // Topics whose name an older topic's logs still have, and partitions whose logs could not be opened.
    private readonly HashSet<Guid> _behind = [];
    private readonly HashSet<TopicIdPartition> _unopened = [];

    // For these topics, or all of them.
    private readonly List<(IActorRef Who, HashSet<Guid>? Topics, long MetadataOffset)> _waiting = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MetadataImage _image = MetadataImage.Empty;
    private long _unfollows;

    /// <param name="nodeId">This broker.</param>
    /// <param name="logs">The logs of this node.</param>
    /// <param name="partitions">Shard region <c>partition</c>.</param>
    /// <param name="led">Where leaders register.</param>
    /// <param name="configOf">What a topic's settings, over the broker's defaults, mean for its logs.</param>
    /// <param name="replicas">A <see cref="ReplicasActor"/>.</param>
    public NodeActor(int nodeId, LogManager logs, IActorRef partitions, LedPartitions led, Func<TopicImage, LogConfig> configOf, IActorRef replicas)
    {
        _nodeId = nodeId;
        _logs = logs;
        _partitions = partitions;
        _led = led;
        _configOf = configOf;
        _replicas = replicas;
        ReceiveAsync<MetadataChanged>(ApplyAsync);
        Receive<LogsFailed>(_ => OnLogsFailed());
        Receive<Leading>(OnLeading);
        Receive<Resigned>(OnResigned);
        Receive<Unfollowed>(OnUnfollowed);
        Receive<AwaitLeaders>(request => Await([.. request.TopicIds], request.MetadataOffset));
        Receive<AwaitMetadata>(request => Await(topics: null, request.MetadataOffset));
        ReceiveAsync<Retry>(_ => RetryAsync());
        ReceiveAsync<LogGone>(gone => _goingLogs.Remove(gone.Target) ? RetryAsync() : Task.CompletedTask);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        int nodeId, LogManager logs, IActorRef partitions, LedPartitions led, Func<TopicImage, LogConfig> configOf, IActorRef replicas) =>
        Akka.Actor.Props.Create(() => new NodeActor(nodeId, logs, partitions, led, configOf, replicas));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Retry), Retry.Instance, RetryInterval);

    private async Task ApplyAsync(MetadataChanged change)
    {
        if (_image.Offset < 0)
        {
            await MarkStraysAsync(change.New);
            if (_logs.HasLostFolder)
                _known.UnionWith(change.New.TopicsById.Values.SelectMany(t => t.Partitions.Where(p => p.Replicas.Contains(_nodeId)).Select(p => t.IdOf(p.Partition))));
        }
        _image = change.New;
        foreach (var (id, gone) in change.Old.TopicsById)
        {
            if (!change.New.TopicsById.ContainsKey(id))
                Remove(gone);
        }

        // A broker's or the cluster's settings are the defaults of all topics.
        var defaultsChanged = !ReferenceEquals(change.Old.ClusterConfigs, change.New.ClusterConfigs)
            || !ReferenceEquals(change.Old.BrokerConfigs, change.New.BrokerConfigs);
        foreach (var (id, topic) in change.New.TopicsById)
        {
            change.Old.TopicsById.TryGetValue(id, out var before);
            if (ReferenceEquals(before, topic) && !defaultsChanged)
                continue;
            await OpenLogsAsync(topic);
            Want(topic, before, settingsChanged: before is not null && (defaultsChanged || !ReferenceEquals(before.Configs, topic.Configs)));
        }

        SendLeads();
        AnswerWaiting();
    }

    private async Task RetryAsync()
    {
        foreach (var id in _behind.Concat(_unopened.Select(p => p.TopicId)).Distinct().ToList())
        {
            if (!_image.TryGetTopic(id, out var topic))
                continue;
            await OpenLogsAsync(topic);
            Want(topic, before: null, settingsChanged: false);
        }

        foreach (var (id, isLed) in _deleting)
        {
            if (isLed)
                TellResign(id);
        }

        foreach (var (id, number) in _unfollowing)
            _replicas.Tell(new Unfollow(id, number));
        ResignStale();
        FindStopped();
        SendLeads();
        AnswerWaiting();
    }

    /// <summary>A folder whose topic the metadata does not have is nobody's: it is put aside for an operator to look at.</summary>
    private async Task MarkStraysAsync(MetadataImage image)
    {
        foreach (var log in _logs.All.Where(l => l.Id.TopicId != Guid.Empty && l.Id != MetadataLog.Id && !IsReplica(image, l.Id)).ToList())
        {
            _log.Warning("No replica of this node is of folder {0}, of topic id {1}: it is put aside with '-stray' behind its name.", log.Folder, log.Id.TopicId);
            try
            {
                await _logs.MarkStrayAsync(log);
            }
            catch (Exception cause) when (IsOfDisk(cause))
            {
                _log.Error(cause, "Folder {0} could not be put aside; a topic of its name is not led until it is.", log.Folder);
            }
        }
    }

    private bool IsReplica(MetadataImage image, TopicIdPartition id) => image.TryGetPartition(id, out var partition) && partition.Replicas.Contains(_nodeId);

    private async Task OpenLogsAsync(TopicImage topic)
    {
        var config = _configOf(topic);
        var replicas = topic.Partitions.Where(p => p.Replicas.Contains(_nodeId)).Select(p => topic.IdOf(p.Partition)).ToList();
        // One that was taken away and is given back: its log stays if it is there yet, and is made anew if not.
        replicas.ForEach(id => _deleting.Remove(id));
        _unopened.RemoveWhere(id => id.TopicId == topic.Id && !replicas.Contains(id));
        _unopened.UnionWith(replicas.Where(_goingLogs.Contains));
        replicas.RemoveAll(id => _goingLogs.Contains(id) || HasFailed(id));
        // Opening creates folders and files, which may block.
        var failures = await Task.Run(() => replicas.ConvertAll(id => (Id: id, Cause: Open(id, config))));
        _behind.Remove(topic.Id);
        foreach (var (id, cause) in failures)
        {
            if (cause is TopicIdMismatchException)
                _behind.Add(topic.Id);
            if (cause is null)
                _unopened.Remove(id);
            else if (_unopened.Add(id) && cause is not TopicIdMismatchException)
                _log.Error(cause, "The log of {0} cannot be opened; its partition is offline until it can.", id);
        }
    }

    private Exception? Open(TopicIdPartition id, LogConfig config)
    {
        try
        {
            _logs.GetOrCreate(id, config, isNew: !_known.Contains(id)).UpdateConfig(config);
            return null;
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            return failure;
        }
    }

    private static bool IsOfDisk(Exception cause) => cause is StorageException or IOException or UnauthorizedAccessException;

    /// <summary>A log that has failed is offline until the next start.</summary>
    private bool HasFailed(TopicIdPartition id) => _logs.Get(id.TopicPartition) is { Failure: not null } log && log.Id == id;

    private void OnLogsFailed()
    {
        foreach (var topic in _logs.All.Where(l => l.Failure is not null).Select(l => l.Id.TopicId).ToHashSet())
        {
            if (_image.TryGetTopic(topic, out var image))
                Want(image, before: null, settingsChanged: false);
        }
        AnswerWaiting();
    }

    private void Want(TopicImage topic, TopicImage? before, bool settingsChanged)
    {
        foreach (var partition in topic.Partitions)
        {
            var id = topic.IdOf(partition.Partition);
            if (_unopened.Contains(id) || HasFailed(id))
            {
                Forget(id);
                StopFollowing(id);
            }
            else if (partition.Leader == _nodeId)
            {
                StopFollowing(id);
                if (!_wanted.TryGetValue(id, out var epoch) || epoch != partition.LeaderEpoch)
                    (_wanted[id], _down[id]) = (partition.LeaderEpoch, ErrorCode.None);
                else if (settingsChanged || IsChanged(before, partition))
                    _partitions.Tell(new Refresh(id));
            }
            else
            {
                Forget(id);
                if (!partition.Replicas.Contains(_nodeId))
                    Drop(id);
                else if (partition.HasLeader)
                    StartFollowing(id, partition);
                else
                    StopFollowing(id);
            }
        }

        ResignStale();
    }

    private static bool IsChanged(TopicImage? before, PartitionImage partition) =>
        before is not null && before.TryGetPartition(partition.Partition, out var last) && !ReferenceEquals(last, partition);

    private void StartFollowing(TopicIdPartition id, PartitionImage partition)
    {
        if (_followed.TryGetValue(id, out var epoch) && epoch == partition.LeaderEpoch)
            return;
        _followed[id] = partition.LeaderEpoch;
        _unfollowing.Remove(id);
        _replicas.Tell(new Follow(id, partition.Leader, partition.LeaderEpoch) { UncleanEpoch = partition.UncleanEpoch });
    }

    private void StopFollowing(TopicIdPartition id)
    {
        if (!_followed.Remove(id))
            return;
        _unfollowing[id] = ++_unfollows;
        _replicas.Tell(new Unfollow(id, _unfollows));
    }

    /// <summary>Leaders of this node that the newest image names no more. The region would look for them where it names them now.</summary>
    private void ResignStale()
    {
        foreach (var led in _led.All)
        {
            if (!_wanted.ContainsKey(led.Id) && !_deleting.ContainsKey(led.Id))
                led.Owner.Tell(new Resign(led.Id));
        }
    }

    /// <summary>This replica is not one any more, by a committed record; if there was none, nothing happens.</summary>
    private void Drop(TopicIdPartition id)
    {
        StopFollowing(id);
        if (_logs.Get(id.TopicPartition) is not { } log || log.Id != id || _deleting.ContainsKey(id) || _goingLogs.Contains(id))
            return;
        _log.Info("This node holds no replica of {0} any more; its log is deleted.", id);
        var isLed = _led.TryGet(id.TopicPartition, out var led) && led.Id == id;
        _deleting[id] = isLed;
        if (isLed)
            TellResign(id);
        else
            DeleteIfFree(id);
    }

    private void Remove(TopicImage topic)
    {
        _behind.Remove(topic.Id);
        foreach (var partition in topic.Partitions)
        {
            var id = topic.IdOf(partition.Partition);
            Forget(id);
            StopFollowing(id);
            _unopened.Remove(id);
            if (!partition.Replicas.Contains(_nodeId) || !_deleting.TryAdd(id, true))
                continue;
            TellResign(id);
        }
    }

    /// <summary>To the entity of this node. One that is not registered is found by the region, if no other node leads.</summary>
    private void TellResign(TopicIdPartition id)
    {
        if (_led.TryGet(id.TopicPartition, out var led) && led.Id == id && !led.Owner.IsNobody())
            led.Owner.Tell(new Resign(id));
        else if (!_image.TopicsById.ContainsKey(id.TopicId))
            _partitions.Tell(new Resign(id));
        else
            Self.Tell(new Resigned(id));
    }

    private bool Forget(TopicIdPartition id)
    {
        _down.Remove(id);
        return _wanted.Remove(id);
    }

    private void SendLeads()
    {
        foreach (var id in _down.Keys)
        {
            if (!_unfollowing.ContainsKey(id))
                _partitions.Tell(new Lead(id, _wanted[id]));
        }
    }

    /// <summary>A leader whose write failed has stopped; it is woken again even if no producer does that.</summary>
    private void FindStopped()
    {
        foreach (var id in _wanted.Keys)
        {
            if (!_led.TryGet(id.TopicPartition, out var led) || led.Id != id)
                _down.TryAdd(id, ErrorCode.None);
        }
    }

    private void OnLeading(Leading answer)
    {
        if (!_wanted.TryGetValue(answer.Target, out var epoch) || epoch != answer.LeaderEpoch || !_down.TryGetValue(answer.Target, out var before))
            return;
        if (answer.Error == ErrorCode.None)
        {
            _down.Remove(answer.Target);
            AnswerWaiting();
        }
        else if (answer.Error != before)
        {
            _down[answer.Target] = answer.Error;
            _log.Warning("Partition {0} cannot be led at epoch {1} yet: {2}; it is tried again.", answer.Target, epoch, answer.Error);
            AnswerWaiting();
        }
    }

    private void OnResigned(Resigned answer)
    {
        if (!_deleting.ContainsKey(answer.Target))
            return;
        _deleting[answer.Target] = false;
        DeleteIfFree(answer.Target);
    }

    private void OnUnfollowed(Unfollowed answer)
    {
        // Told twice, as it may have been asked for, the second may come when the partition has been followed once more, and that follower runs.
        if (!_unfollowing.TryGetValue(answer.Target, out var number) || number != answer.Number)
            return;
        _unfollowing.Remove(answer.Target);
        if (_down.ContainsKey(answer.Target))
            _partitions.Tell(new Lead(answer.Target, _wanted[answer.Target]));
        DeleteIfFree(answer.Target);
    }

    private void DeleteIfFree(TopicIdPartition id)
    {
        if (!_deleting.TryGetValue(id, out var isLed) || isLed || _unfollowing.ContainsKey(id))
            return;
        _deleting.Remove(id);
        _goingLogs.Add(id);
        PartitionEntity.Forget(id);
        var (logs, log, self) = (_logs, _log, Self);
        Task.Run(() => logs.Get(id.TopicPartition) is { } found && found.Id == id ? logs.DeleteAsync(found) : Task.CompletedTask).ContinueWith(
            deleted =>
            {
                if (deleted.Exception is { } failure)
                    log.Error(failure, "Deleting the log of {0} failed; its folder is put aside at the next start.", id);
                self.Tell(new LogGone(id));
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void Await(HashSet<Guid>? topics, long metadataOffset)
    {
        _waiting.Add((Sender, topics, metadataOffset));
        AnswerWaiting();
    }

    private void AnswerWaiting()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (who, topics, metadataOffset) = _waiting[i];
            if (_image.Offset < metadataOffset)
                continue;
            // A log that has failed is offline until the next start: nothing is gained by waiting for it.
            var isBehind = topics is null ? _behind.Count > 0 : _behind.Overlaps(topics);
            if (isBehind || _down.Any(d => d.Value != ErrorCode.KafkaStorageError && topics?.Contains(d.Key.TopicId) != false))
                continue;
            who.Tell(topics is null ? MetadataFollowed.Instance : new LeadersUp());
            _waiting.RemoveAt(i);
        }
    }

    /// <summary>It is deleted, or could not be.</summary>
    private sealed record LogGone(TopicIdPartition Target);

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }
}
