using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>
/// Carries the <see cref="Group"/>s of one offsets partition: reads them from the log up to where it ended when this leadership began, appends what they write
/// with acks=all, one batch at a time, and begins anew from the log when an append has an unknown end.
/// </summary>
internal sealed class GroupCoordinator
{
    private const short AcksAll = -1;
    private const int BatchBytesMax = 2048;

    private readonly NodeLife _node;
    private readonly GroupConfig _config;
    private readonly SortedDictionary<string, Carried> _groups = new(StringComparer.Ordinal);
    private readonly Queue<(Carried Group, EncodedWrite Write)> _queued = [];
    private readonly List<(Carried Group, EncodedWrite Write)> _inFlight = [];
    private long _loadTo;
    private bool _isLoaded;
    private int _term;
    private long _nextRequest;
    private GenerationOrder _order;

    public GroupCoordinator(NodeLife node, PartitionLeader leader)
    {
        _node = node;
        Leader = leader;
        _config = new GroupConfig { MinSessionTimeoutMs = 500, InitialRebalanceDelayMs = 100, NewMemberJoinTimeoutMs = 3000 };
        _order = new GenerationOrder(node.World.Counters);
        Leader.Changed += OnLeaderChanged;
        Reload();
    }

    public PartitionLeader Leader { get; }

    private Moment Now => new(_node.Clock.UnixMs, _node.NowMs);

    public void OnRequest(AskGroup ask, Action<object> reply)
    {
        if (!_isLoaded)
        {
            reply(ask.Command.Fail(ErrorCode.CoordinatorLoadInProgress));
            return;
        }
        if (!_groups.TryGetValue(ask.GroupId, out var carried))
        {
            if (!ask.Command.CreatesGroup)
            {
                reply(ask.Command.AnswerWithoutGroup());
                return;
            }
            _groups[ask.GroupId] = carried = new Carried(new Group(ask.GroupId, _config));
        }
        var command = ask.Command;
        if (command is CommitOffsetsCommand { GenerationId: >= 0 } commit && _node.World.Has(Mutation.CommitInOldGeneration))
            command = commit with { GenerationId = carried.Group.GenerationId };
        var request = new RequestId(_nextRequest++);
        carried.Waiting[request] = (command, reply);
        carried.Group.Handle(request, command, Now);
        CarryOut(carried);
    }

    public void Tick()
    {
        if (!_isLoaded)
            return;
        foreach (var carried in _groups.Values.ToList())
            carried.Group.CheckInvariants();
    }

    /// <summary>The offsets of deleted topics go; while the log is being read, nobody knows of any.</summary>
    public void ForgetTopics(IReadOnlySet<string> topics)
    {
        if (!_isLoaded || Leader.IsClosed)
            return;
        foreach (var topic in topics)
            _node.World.Groups.ForgetTopic(topic);
        foreach (var carried in _groups.Values.ToList())
        {
            carried.Group.ForgetPartitions(p => topics.Contains(p.Topic) || _node.World.Has(Mutation.ForgetTooMuch), Now);
            if (carried.Group.Effects.Writes.Count > 0)
                _node.World.Faults.Count(FaultKind.OffsetsForgotten);
            CarryOut(carried);
        }
    }

    // ---- Loading ----

    private void Reload()
    {
        _term++;
        _isLoaded = false;
        foreach (var carried in _groups.Values)
        {
            carried.Timer?.Cancel();
            foreach (var (command, reply) in carried.Waiting.Values)
                reply(command.Fail(ErrorCode.NotCoordinator));
        }
        _groups.Clear();
        _order = new GenerationOrder(_node.World.Counters);
        _queued.Clear();
        _inFlight.Clear();
        _loadTo = Leader.Log.LogEndOffset;
        // The write before is done or discarded behind this.
        var term = _term;
        _node.OnDisk(() =>
        {
            if (term != _term || Leader.IsClosed)
                return;
            _loadTo = Leader.Log.LogEndOffset;
            TryLoad();
        });
    }

    private void Read(GroupReplay replay)
    {
        for (var offset = Leader.Log.LogStartOffset; offset < _loadTo;)
        {
            ReadOnlyMemory<byte> bytes = Leader.Read(offset, _loadTo);
            while (RecordBatch.TryRead(bytes, out var batch))
            {
                replay.Apply(batch);
                offset = batch.NextOffset;
                bytes = bytes[batch.SizeInBytes..];
            }
        }
    }

    private void TryLoad()
    {
        if (_isLoaded || Leader.IsClosed || (Leader.Machine.HighWatermark < _loadTo && !_node.World.Has(Mutation.AnswerBeforeCommitted)))
            return;
        var replay = new GroupReplay(_config);
        try
        {
            Read(replay);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            // The log is offline, so this leadership ends.
            return;
        }
        if (replay.MalformedCount > 0)
            throw new InvariantBrokenException($"n{_node.Id} read {replay.MalformedCount} records of {Leader.Id} that are none: {replay.FirstProblem}");
        _isLoaded = true;
        foreach (var group in replay.Finish())
        {
            group.Restore(Now);
            _order.Begin(group.Id, group.GenerationId);
            CarryOut(_groups[group.Id] = new Carried(group));
        }
        _node.World.Trace.Say($"n{_node.Id} coordinates {_groups.Count} groups of {Leader.Id.TopicPartition} in epoch {Leader.LeaderEpoch}");
    }

    private void OnLeaderChanged()
    {
        if (Leader.IsClosed)
        {
            Leader.Changed -= OnLeaderChanged;
            if (_isLoaded)
                Reload();
        }
        else if (!_isLoaded)
        {
            _node.After(0, TryLoad);
        }
    }

    // ---- Effects ----

    private void CarryOut(Carried carried)
    {
        var effects = carried.Group.Effects;
        foreach (var answer in effects.Answers)
        {
            if (carried.Waiting.Remove(answer.Request, out var waiting))
                waiting.Reply(answer.Result);
        }
        foreach (var write in effects.Writes)
            _queued.Enqueue((carried, new EncodedWrite(write)));
        foreach (var note in effects.Notes)
            _node.World.Trace.Say($"n{_node.Id} group {carried.Group.Id} {note}");
        effects.Clear();
        if (carried.Group.IsForgettable && carried.Waiting.Count == 0)
            _groups.Remove(carried.Group.Id);
        Arm(carried);
        Append();
    }

    private void Arm(Carried carried)
    {
        carried.Timer?.Cancel();
        carried.Timer = null;
        if (carried.Group.NextDeadlineMs is not { } next)
            return;
        var term = _term;
        carried.Timer = _node.After(Math.Max(1, next - _node.NowMs), () =>
        {
            if (term != _term)
                return;
            carried.Group.RunDeadlines(Now);
            CarryOut(carried);
        });
    }

    private void Append()
    {
        if (_inFlight.Count > 0 || _queued.Count == 0)
            return;
        using var builder = new RecordBatchBuilder();
        while (_queued.TryPeek(out var next) && next.Write.FitsBehind(builder.UncompressedSizeInBytes, BatchBytesMax))
        {
            next.Write.AppendTo(builder, _node.Clock.UnixMs);
            _inFlight.Add(_queued.Dequeue());
        }
        var acks = _node.World.Has(Mutation.AnswerBeforeCommitted) ? (short)1 : AcksAll;
        var term = _term;
        var timeout = _node.After(2000, () => OnAppended(term, ErrorCode.RequestTimedOut));
        Leader.OnProduce(new Produce(Leader.Id, Leader.LeaderEpoch, builder.ToArray(), acks), reply =>
        {
            timeout.Cancel();
            // Answers may come within the call.
            _node.After(0, () => OnAppended(term, ((Produced)reply).Error));
        });
    }

    private void OnAppended(int term, ErrorCode error)
    {
        if (term != _term || _inFlight.Count == 0)
            return;
        if (error is not (ErrorCode.None or ErrorCode.NotEnoughReplicas))
        {
            _node.World.Trace.Say($"n{_node.Id} reloads the groups of {Leader.Id.TopicPartition}: an append ended with {error}");
            if (!Leader.IsClosed)
                Reload();
            return;
        }
        var done = _inFlight.ToList();
        _inFlight.Clear();
        foreach (var (carried, write) in done)
        {
            // What was refused is not in the log, and nobody goes by it.
            foreach (var record in error == ErrorCode.None ? write.Write.Records : [])
                _order.OnWritten(record);
            if (error == ErrorCode.None)
                carried.Group.Committed(write.Write, Now);
            else
                carried.Group.Refused(write.Write, ErrorCode.CoordinatorNotAvailable, Now);
        }
        foreach (var carried in done.Select(d => d.Group).Distinct().ToList())
            CarryOut(carried);
        Append();
    }

    private sealed class Carried(Group group)
    {
        public Group Group { get; } = group;

        public Dictionary<RequestId, (GroupCommand Command, Action<object> Reply)> Waiting { get; } = [];

        public Scheduled? Timer { get; set; }
    }
}
