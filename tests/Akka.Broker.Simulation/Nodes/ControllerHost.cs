using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Faults;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What the controller is asked: a request of the protocol, or one of the records below.</summary>
internal sealed record ControllerRequest(object Payload);

internal sealed record RegisterMe(BrokerRegistration Registration);

internal sealed record ShutMeDown(int Broker, long BrokerEpoch);

internal sealed record GiveProducerIds(int Broker, long BrokerEpoch);

internal sealed record NotController;

/// <summary>
/// Carries <see cref="ControllerState"/> for one won epoch. Decisions are made one after another on a draft that runs ahead of the log; an answer leaves when
/// the majority has the records.
/// </summary>
internal sealed class ControllerHost
{
    private readonly NodeLife _node;
    private readonly int _epoch;
    private readonly ControllerState _state;
    private readonly Queue<(long NextOffset, Action Complete, Action Fail)> _pending = [];
    private readonly SortedDictionary<int, long> _heardAtMs = [];
    private readonly SortedDictionary<int, (long BrokerEpoch, long Offset)> _following = [];
    private readonly VoterKeeping _voters;
    private MetadataImage _draft;
    private bool _isClosed;

    public ControllerHost(NodeLife node, int epoch)
    {
        _node = node;
        _epoch = epoch;
        _draft = node.Image;
        _voters = new VoterKeeping(node);
        _state = new ControllerState(
            new ControllerDefaults { ReplicationFactor = 3, OffsetsTopicPartitions = 1 },
            new ConfigResolver(node.Id, []),
            new Random(node.World.Random.Next()));
        foreach (var id in _draft.Brokers.Keys)
            _heardAtMs[id] = node.NowMs;
        if (_draft.ClusterId.Length == 0)
            Carry(new Decision<object?>(ControllerState.Form("simulated-cluster-00000"), null), _ => { }, () => { });
    }

    public int Epoch => _epoch;

    public void OnHeartbeat(int broker, long brokerEpoch, long logEnd)
    {
        if (!_node.Image.Brokers.TryGetValue(broker, out var image) || (image.Epoch != brokerEpoch && !_node.World.Has(Mutation.AcceptStaleBrokerEpoch)))
            return;
        _heardAtMs[broker] = _node.NowMs;
        _following[broker] = (brokerEpoch, logEnd);
    }

    public void Tick()
    {
        if (_isClosed)
            return;
        _heardAtMs[_node.Id] = _node.NowMs;
        foreach (var (id, broker) in _draft.Brokers.ToList())
        {
            if (!_heardAtMs.TryGetValue(id, out var heard))
                _heardAtMs[id] = heard = _node.NowMs;
            if (!broker.Fenced && _node.NowMs - heard > World.SessionTimeoutMs)
                Decide(_state.Fence(_draft, id, "its session has ended"));
            else if (broker.Fenced && IsFollowing(id, broker))
                Decide(_state.Unfence(_draft, id, broker.Epoch));
        }
        if (_draft.TopicsById.Values.Any(t => t.Partitions.Any(p => !p.HasLeader)))
            Decide(_state.ElectMissingLeaders(_draft));
        if (_voters.Next() is { } voters)
            ChangeVoters(voters);
    }

    /// <summary>Appends another set of voters between its decisions. The answer is why not.</summary>
    public string? ChangeVoters(VoterSet next)
    {
        if (_isClosed)
            return "Its epoch is over.";
        var before = _node.Quorum.Machine.Voters;
        // What is decided from now on lies behind it; the append itself may end this leadership.
        var (draft, end) = (_draft, _node.QuorumDisk.Log.EndOffset);
        _draft = MetadataImageBuilder.Apply(_draft, [], end, _epoch);
        if (!_node.Quorum.TryChangeVoters(next, out var refusal))
        {
            _draft = draft;
            return refusal;
        }
        _node.World.Trace.Say($"n{_node.Id} changes the voters from {before} to {next}");
        Count(before, next);
        return null;
    }

    private void Count(VoterSet before, VoterSet next)
    {
        var (faults, disks) = (_node.World.Faults, _node.World.VoterDisks);
        foreach (var gone in before.All.Where(v => !next.Contains(v.Key)))
        {
            faults.Count(FaultKind.VoterRemoved);
            disks[gone.Id] = gone.Key.DirectoryId;
        }
        foreach (var key in next.Keys.Where(k => !before.Contains(k)))
            faults.Count(disks.TryGetValue(key.Id, out var disk) && disk != key.DirectoryId ? FaultKind.VoterReplaced : FaultKind.VoterAdded);
    }

    /// <summary>Membership says that it is gone; it may be wrong.</summary>
    public void OnDowned(int broker)
    {
        if (!_isClosed && broker != _node.Id)
            Decide(_state.Fence(_draft, broker, "membership has downed it"));
    }

    public void OnImage(MetadataImage image)
    {
        while (_pending.TryPeek(out var pending) && pending.NextOffset <= image.Offset + 1)
        {
            _pending.Dequeue();
            pending.Complete();
        }
    }

    public void Close()
    {
        _isClosed = true;
        foreach (var pending in _pending)
            pending.Fail();
        _pending.Clear();
    }

    public void Handle(object request, Action<object> reply)
    {
        void Refuse() => reply(new NotController());
        switch (request)
        {
            case RegisterMe register:
                var registration = register.Registration;
                Carry(_state.Register(_draft, registration, fenced: registration.BrokerId != _node.Id), result => reply(result), Refuse);
                break;
            case ShutMeDown shutDown:
                Carry(_state.ShutDown(_draft, shutDown.Broker, shutDown.BrokerEpoch), result => reply(result), Refuse);
                break;
            case GiveProducerIds give:
                Carry(_state.AllocateProducerIds(_draft, give.Broker, give.BrokerEpoch), first => reply((object?)first ?? new NotController()), Refuse);
                break;
            case AlterIsr alter:
                Alter(alter, reply, Refuse);
                break;
            case OfflineReport report:
                Carry(_state.TakeOffline(_draft, report), error => reply(error), Refuse);
                break;
            case IRequest admin:
                Carry(_state.Decide(_draft, admin, _node.Quorum.Machine.Voters), response => reply(response), Refuse);
                break;
            default:
                throw new ArgumentException($"The controller does not know a {request.GetType().Name}.");
        }
    }

    private void Alter(AlterIsr alter, Action<object> reply, Action refuse)
    {
        var brokerEpoch = alter.BrokerEpoch;
        var members = alter.Proposal.InSync.Select(r => new AlterPartitionRequest.IsrMember { BrokerId = r.Broker, BrokerEpoch = r.Epoch }).ToList();
        if (_node.World.Has(Mutation.AcceptStaleBrokerEpoch))
        {
            brokerEpoch = _draft.Brokers.TryGetValue(alter.Broker, out var broker) ? broker.Epoch : brokerEpoch;
            members.ForEach(m => m.BrokerEpoch = -1);
        }
        var request = new AlterPartitionRequest
        {
            BrokerId = alter.Broker,
            BrokerEpoch = brokerEpoch,
            Topics =
            [
                new()
                {
                    TopicId = alter.Partition.TopicId,
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = alter.Partition.Partition,
                            LeaderEpoch = alter.Proposal.LeaderEpoch,
                            PartitionEpoch = alter.Proposal.PartitionEpoch,
                            NewIsrWithEpochs = members,
                        },
                    ],
                },
            ],
        };
        Carry(
            _state.AlterPartition(_draft, request),
            response =>
            {
                if (response.ErrorCode != ErrorCode.None)
                {
                    reply(IsrAnswer.Refused(response.ErrorCode));
                    return;
                }
                var result = response.Topics[0].Partitions[0];
                reply(result.ErrorCode != ErrorCode.None
                    ? IsrAnswer.Refused(result.ErrorCode)
                    : new IsrAnswer(ErrorCode.None, result.LeaderEpoch, result.PartitionEpoch, [.. result.Isr]));
            },
            refuse);
    }

    private bool IsFollowing(int id, BrokerImage broker) =>
        id == _node.Id || (_following.TryGetValue(id, out var following) && following.BrokerEpoch == broker.Epoch && following.Offset > broker.Epoch
            && _node.NowMs - _heardAtMs[id] < World.SessionTimeoutMs);

    private void Decide<T>(Decision<T> decision) => Carry(decision, _ => { }, () => { });

    private void Carry<T>(Decision<T> decision, Action<T> answer, Action fail)
    {
        if (_isClosed)
        {
            fail();
            return;
        }
        var log = _node.QuorumDisk.Log;
        if (decision.Records.Count == 0)
        {
            // What it was decided on has to be committed too.
            Await(log.EndOffset, decision, answer, fail);
            return;
        }
        foreach (var line in decision.Lines)
            _node.World.Trace.Say($"n{_node.Id} controller: {line.Text}");
        var records = Bent(decision.Records);
        var version = _draft.MetadataVersion == 0 ? MetadataVersion.Initial : _draft.MetadataVersion;
        var batch = MetadataRecordCodec.EncodeBatch(records, version, log.EndOffset, _epoch, _node.Clock.UnixMs);
        var end = log.EndOffset + records.Count;
        _draft = MetadataImageBuilder.Apply(_draft, records, end - 1, _epoch);
        // Answered from the watermark, which may move within the append.
        _pending.Enqueue((end, () => answer(decision.Response), fail));
        if (!_node.Quorum.TryAppend(batch, out var refusal))
        {
            _node.World.Trace.Say($"n{_node.Id} controller: an append was refused: {refusal}");
            _node.Quorum.Resign($"An append was refused: {refusal}");
        }
    }

    private void Await<T>(long end, Decision<T> decision, Action<T> answer, Action fail)
    {
        if (_pending.Count == 0 && _node.Image.Offset + 1 >= end)
            answer(decision.Response);
        else
            _pending.Enqueue((end, () => answer(decision.Response), fail));
    }

    private IReadOnlyList<IMessage> Bent(IReadOnlyList<IMessage> records)
    {
        if (_node.World.Has(Mutation.OfflineStaysInSync) && records.Any(r => r is BrokerRegistrationChangeRecord { OfflineReplicas.Count: > 0 }))
            return [.. records.Where(r => r is not PartitionChangeRecord)];
        foreach (var record in records.OfType<PartitionChangeRecord>())
        {
            if (_node.World.Has(Mutation.ForgetEligibleReplicas))
                ForgetEligible(record);
            if (_node.World.Has(Mutation.UncleanElection) && record.Leader == PartitionImage.NoLeader)
                ElectAnybody(record);
            if (_node.World.Has(Mutation.CompleteMoveEarly) && record.AddingReplicas is { Length: > 0 })
                CompleteMove(record);
        }
        return records;
    }

    private static void ForgetEligible(PartitionChangeRecord record)
    {
        if (record.EligibleLeaderReplicas is { Length: > 0 })
            record.EligibleLeaderReplicas = [];
    }

    private void CompleteMove(PartitionChangeRecord record)
    {
        if (!_draft.TryGetTopic(record.TopicId, out var topic) || !topic.TryGetPartition(record.PartitionId, out var partition))
            return;
        var target = record.Replicas!.Except(record.RemovingReplicas ?? []).ToArray();
        var isr = (record.Isr ?? [.. partition.Isr]).Intersect(target).ToArray();
        record.Isr = isr.Length > 0 ? isr : [target[0]];
        if (!record.Isr.Contains(partition.Leader))
            record.Leader = record.Isr[0];
        record.EligibleLeaderReplicas = [];
        (record.Replicas, record.AddingReplicas, record.RemovingReplicas) = (target, [], []);
    }

    private void ElectAnybody(PartitionChangeRecord record)
    {
        if (!_draft.TryGetTopic(record.TopicId, out var topic) || !topic.TryGetPartition(record.PartitionId, out var partition))
            return;
        foreach (var replica in partition.Replicas)
        {
            if (!_draft.IsActive(replica))
                continue;
            (record.Leader, record.Isr, record.EligibleLeaderReplicas) = (replica, [replica], []);
            return;
        }
    }
}
