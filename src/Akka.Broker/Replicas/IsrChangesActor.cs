using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Partitions;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>
/// Takes the ISR changes of all leaders of this node to the controller: what comes while a request is under way goes with the next, so that a broker's loss, which
/// concerns thousands of partitions, costs a few requests.
/// <code>
///             ProposeIsr                     answer: IsrAnswered to each leader
///   [ idle ] ───────────▶ [ asking ] ─────────────────────────────────────────▶ [ idle ], or asking again with what has come meanwhile
/// </code>
/// One request at a time: a leader must not be told of a refusal while an older request of its own may be carried out yet. What is not answered is told as such;
/// leaders ask again. If this actor throws, the node begins another life: leaders would wait for answers that nobody has to give.
/// </summary>
public sealed class IsrChangesActor : VitalActor
{
    private const int PartitionsMax = 1000;
    private readonly int _nodeId;
    private readonly Func<long> _brokerEpoch;
    private readonly Func<AlterPartitionRequest, Task<AlterPartitionResponse>> _ask;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // The newest of each partition, with who asks, in the order in which they came.
    private readonly Dictionary<TopicIdPartition, (ProposeIsr Ask, IActorRef Leader)> _waiting = [];
    private bool _isAsking;

    /// <param name="nodeId">This broker.</param>
    /// <param name="brokerEpoch">Under which it is registered now.</param>
    /// <param name="ask">The way to the controller; a failed task says that it was not heard.</param>
    public IsrChangesActor(int nodeId, Func<long> brokerEpoch, Func<AlterPartitionRequest, Task<AlterPartitionResponse>> ask)
    {
        _nodeId = nodeId;
        _brokerEpoch = brokerEpoch;
        _ask = ask;
        Receive<ProposeIsr>(OnPropose);
        Receive<Answered>(OnAnswered);
    }

    public static Props Props(int nodeId, Func<long> brokerEpoch, Func<AlterPartitionRequest, Task<AlterPartitionResponse>> ask) =>
        Akka.Actor.Props.Create(() => new IsrChangesActor(nodeId, brokerEpoch, ask));

    private void OnPropose(ProposeIsr propose)
    {
        _log.Info("Leader of {0} asks for {1}.", propose.Partition, propose.Proposal);
        _waiting[propose.Partition] = (propose, Sender);
        if (!_isAsking)
            Ask();
    }

    private void Ask()
    {
        var batch = _waiting.Values.Take(PartitionsMax).ToList();
        foreach (var (ask, _) in batch)
            _waiting.Remove(ask.Partition);
        _isAsking = true;
        AskAsync(RequestOf(batch.Select(b => b.Ask))).PipeTo(
            Self,
            success: response => new Answered(batch, response, null),
            failure: cause => new Answered(batch, null, cause));
    }

    private async Task<AlterPartitionResponse> AskAsync(AlterPartitionRequest request) => await _ask(request).ConfigureAwait(false);

    private AlterPartitionRequest RequestOf(IEnumerable<ProposeIsr> batch) => new()
    {
        BrokerId = _nodeId,
        BrokerEpoch = _brokerEpoch(),
        Topics =
        [
            .. batch.GroupBy(b => b.Partition.TopicId).Select(topic => new AlterPartitionRequest.AlterPartitionTopic
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(PartitionOf)],
            }),
        ],
    };

    private static AlterPartitionRequest.AlterPartitionPartition PartitionOf(ProposeIsr ask) => new()
    {
        PartitionIndex = ask.Partition.Partition,
        LeaderEpoch = ask.Proposal.LeaderEpoch,
        PartitionEpoch = ask.Proposal.PartitionEpoch,
        NewIsrWithEpochs = [.. ask.Proposal.InSync.Select(r => new AlterPartitionRequest.IsrMember { BrokerId = r.Broker, BrokerEpoch = r.Epoch })],
    };

    private void OnAnswered(Answered answered)
    {
        _isAsking = false;
        if (answered.Failure is not null)
            _log.Warning("The controller could not be asked for {0} ISR changes; their leaders ask again: {1}", answered.Batch.Count, answered.Failure.Message);
        else if (answered.Response!.ErrorCode != ErrorCode.None)
            _log.Warning("The controller refuses {0} ISR changes of this broker with {1}; their leaders ask again.", answered.Batch.Count, answered.Response.ErrorCode);
        foreach (var (ask, leader) in answered.Batch)
            leader.Tell(new IsrAnswered(ask.Proposal, AnswerOf(ask, answered.Response)));
        if (_waiting.Count > 0)
            Ask();
    }

    private static IsrAnswer AnswerOf(ProposeIsr ask, AlterPartitionResponse? response)
    {
        if (response is null)
            return IsrAnswer.Refused(ErrorCode.RequestTimedOut);
        if (response.ErrorCode != ErrorCode.None)
            return IsrAnswer.Refused(response.ErrorCode);
        var found = response.Topics.Find(t => t.TopicId == ask.Partition.TopicId)?.Partitions.Find(p => p.PartitionIndex == ask.Partition.Partition);
        if (found is null)
            return IsrAnswer.Refused(ErrorCode.UnknownServerError);
        return found.ErrorCode == ErrorCode.None
            ? new IsrAnswer(ErrorCode.None, found.LeaderEpoch, found.PartitionEpoch, [.. found.Isr])
            : IsrAnswer.Refused(found.ErrorCode);
    }

    private sealed record Answered(List<(ProposeIsr Ask, IActorRef Leader)> Batch, AlterPartitionResponse? Response, Exception? Failure);
}
