using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Nodes;

/// <summary>
/// Makes this node do what the newest metadata says of it: opens the logs of its replicas, starts the leaders, deletes what a committed record deleted.
/// One per node; nobody else opens or deletes a log.
/// <code>
/// MetadataChanged ─▶ open logs (off the dispatcher) ─▶ Lead ─▶ region ─▶ entity ─▶ Leading ─▶ LeadersUp to who waits
///        topic gone ─▶ Resign ─▶ region ─▶ entity ─▶ Resigned ─▶ delete the log ─▶ open a new topic of the same name
/// </code>
/// <para>
/// Invariants: a partition is wanted exactly if the newest image that was applied names this node its leader; nobody is told of leaders before
/// all of a topic's wanted partitions answered <see cref="Leading"/> at their wanted epoch or are offline; a log is deleted only after a committed record
/// deleted its topic and its leader, if it had one, resigned.
/// </para>
/// <para>
/// A crash leaves nothing: state is rebuilt from the image. A refused or lost <see cref="Lead"/> is sent again at each <see cref="Retry"/>, and a log
/// that could not be opened is tried again; the other partitions do not wait for it.
/// </para>
/// </summary>
public sealed class NodeActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);
    private readonly int _nodeId;
    private readonly LogManager _logs;
    private readonly IActorRef _partitions;
    private readonly Func<TopicImage, LogConfig> _configOf;
    private readonly LedPartitions _led;

    // The leaderships that the image gives to this node, by epoch; of those, the ones that are not up, with what was last in the way.
    private readonly Dictionary<TopicIdPartition, int> _wanted = [];
    private readonly Dictionary<TopicIdPartition, ErrorCode> _down = [];
    private readonly HashSet<TopicIdPartition> _deleting = [];

    // Topics whose name an older topic's logs still have, and partitions whose logs could not be opened.
    private readonly HashSet<Guid> _behind = [];
    private readonly HashSet<TopicIdPartition> _unopened = [];
    private readonly List<(IActorRef Who, HashSet<Guid> Topics)> _waiting = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MetadataImage _image = MetadataImage.Empty;

    /// <param name="nodeId">This broker.</param>
    /// <param name="logs">The logs of this node.</param>
    /// <param name="partitions">Shard region <c>partition</c>.</param>
    /// <param name="led">Where leaders register.</param>
    /// <param name="configOf">What a topic's settings, over the broker's defaults, mean for its logs.</param>
    public NodeActor(int nodeId, LogManager logs, IActorRef partitions, LedPartitions led, Func<TopicImage, LogConfig> configOf)
    {
        _nodeId = nodeId;
        _logs = logs;
        _partitions = partitions;
        _led = led;
        _configOf = configOf;
        ReceiveAsync<MetadataChanged>(ApplyAsync);
        Receive<Leading>(OnLeading);
        Receive<Resigned>(OnResigned);
        Receive<AwaitLeaders>(OnAwaitLeaders);
        ReceiveAsync<Retry>(_ => RetryAsync());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int nodeId, LogManager logs, IActorRef partitions, LedPartitions led, Func<TopicImage, LogConfig> configOf) =>
        Akka.Actor.Props.Create(() => new NodeActor(nodeId, logs, partitions, led, configOf));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Retry), Retry.Instance, RetryInterval);

    private async Task ApplyAsync(MetadataChanged change)
    {
        if (_image.Offset < 0)
            await MarkStraysAsync(change.New);
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
            Want(topic, settingsChanged: before is not null && (defaultsChanged || !ReferenceEquals(before.Configs, topic.Configs)));
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
            Want(topic, settingsChanged: false);
        }

        foreach (var id in _deleting)
            _partitions.Tell(new Resign(id));
        FindStopped();
        SendLeads();
        AnswerWaiting();
    }

    /// <summary>A folder whose topic the metadata does not have is nobody's: it is put aside for an operator to look at.</summary>
    private async Task MarkStraysAsync(MetadataImage image)
    {
        foreach (var log in _logs.All.Where(l => l.Id.TopicId != Guid.Empty && l.Id != MetadataLog.Id && !image.TopicsById.ContainsKey(l.Id.TopicId)).ToList())
        {
            _log.Warning("No topic has the id {0} of folder {1}: it is put aside with '-stray' behind its name.", log.Id.TopicId, log.Folder);
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

    private async Task OpenLogsAsync(TopicImage topic)
    {
        var config = _configOf(topic);
        var replicas = topic.Partitions.Where(p => p.Replicas.Contains(_nodeId)).Select(p => topic.IdOf(p.Partition)).ToList();
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
            _logs.GetOrCreate(id, config).UpdateConfig(config);
            return null;
        }
        catch (Exception failure) when (IsOfDisk(failure))
        {
            return failure;
        }
    }

    private static bool IsOfDisk(Exception cause) => cause is StorageException or IOException or UnauthorizedAccessException;

    private void Want(TopicImage topic, bool settingsChanged)
    {
        foreach (var partition in topic.Partitions)
        {
            var id = topic.IdOf(partition.Partition);
            if (partition.Leader != _nodeId)
            {
                if (Forget(id))
                    _partitions.Tell(new Resign(id));
                continue;
            }

            if (_unopened.Contains(id))
                Forget(id);
            else if (!_wanted.TryGetValue(id, out var epoch) || epoch != partition.LeaderEpoch)
                (_wanted[id], _down[id]) = (partition.LeaderEpoch, ErrorCode.None);
            else if (settingsChanged)
                _partitions.Tell(new Refresh(id));
        }
    }

    private void Remove(TopicImage topic)
    {
        _behind.Remove(topic.Id);
        foreach (var partition in topic.Partitions)
        {
            var id = topic.IdOf(partition.Partition);
            Forget(id);
            _unopened.Remove(id);
            if (partition.Replicas.Contains(_nodeId) && _deleting.Add(id))
                _partitions.Tell(new Resign(id));
        }
    }

    private bool Forget(TopicIdPartition id)
    {
        _down.Remove(id);
        return _wanted.Remove(id);
    }

    private void SendLeads()
    {
        foreach (var id in _down.Keys)
            _partitions.Tell(new Lead(id, _wanted[id]));
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
        if (!_deleting.Remove(answer.Target))
            return;
        var id = answer.Target;
        PartitionEntity.Forget(id);
        var (logs, log, self) = (_logs, _log, Self);
        Task.Run(() => logs.Get(id.TopicPartition) is { } found && found.Id == id ? logs.DeleteAsync(found) : Task.CompletedTask).ContinueWith(
            deleted =>
            {
                if (deleted.Exception is { } failure)
                    log.Error(failure, "Deleting the log of {0} failed; its folder is put aside at the next start.", id);
                self.Tell(Retry.Instance);
            },
            TaskContinuationOptions.ExecuteSynchronously);
    }

    private void OnAwaitLeaders(AwaitLeaders request)
    {
        _waiting.Add((Sender, [.. request.TopicIds]));
        AnswerWaiting();
    }

    private void AnswerWaiting()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (who, topics) = _waiting[i];
            // A log that has failed is offline until the next start: nothing is gained by waiting for it.
            if (_behind.Overlaps(topics) || _down.Any(d => d.Value != ErrorCode.KafkaStorageError && topics.Contains(d.Key.TopicId)))
                continue;
            who.Tell(new LeadersUp());
            _waiting.RemoveAt(i);
        }
    }

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }
}
