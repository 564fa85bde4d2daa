using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Answer = Akka.Broker.Protocol.Messages.AlterPartitionResponse.AlterPartitionPartitionResult;
using Asked = Akka.Broker.Protocol.Messages.AlterPartitionRequest.AlterPartitionPartition;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// AlterPartition (KIP-497): a leader says who is in sync. What was decided on an older state of the partition is refused, by epoch:
/// <code>
/// broker epoch      not the registered one             STALE_BROKER_EPOCH, the whole request
/// leader epoch      below / above the partition's      FENCED_LEADER_EPOCH / NOT_CONTROLLER (this controller is behind)
/// partition epoch   below / above                      INVALID_UPDATE_VERSION / NOT_CONTROLLER
/// asker             not the leader                     INVALID_REQUEST
/// new ISR           empty, doubled, no replica, without the leader     INVALID_REQUEST
/// a new member      fenced, stopping, another broker epoch (KIP-903), its log offline   INELIGIBLE_REPLICA
/// </code>
/// A change that completes a move may name another leader: the asker is told NEW_LEADER_ELECTED. A request that changes nothing is answered with the state.
/// Requests are read in the highest version of the schema: topics by id, members with broker epochs.
/// </summary>
internal sealed class IsrAlterer(MetadataImage image, ConfigResolver configs)
{
    private const long AnyEpoch = -1;

    private readonly PartitionSweep _sweep = new(new PartitionRules(image, configs));
    private readonly List<DecisionLine> _lines = [];

    public Decision<AlterPartitionResponse> Alter(AlterPartitionRequest request)
    {
        var response = new AlterPartitionResponse();
        if (!image.Brokers.TryGetValue(request.BrokerId, out var broker) || broker.Epoch != request.BrokerEpoch || broker.Fenced)
        {
            response.ErrorCode = ErrorCode.StaleBrokerEpoch;
            return new Decision<AlterPartitionResponse>([], response);
        }
        var seen = new HashSet<(Guid, int)>();
        foreach (var asked in request.Topics)
        {
            var result = new AlterPartitionResponse.AlterPartitionTopicResult { TopicId = asked.TopicId };
            response.Topics.Add(result);
            foreach (var partition in asked.Partitions)
            {
                var error = ErrorCode.None;
                PartitionImage? before = null;
                if (!image.TryGetTopic(asked.TopicId, out var topic))
                    error = ErrorCode.UnknownTopicId;
                else if (!topic.TryGetPartition(partition.PartitionIndex, out before))
                    error = ErrorCode.UnknownTopicOrPartition;
                else if (!seen.Add((topic.Id, before.Partition)))
                    error = ErrorCode.InvalidRequest;
                else
                    error = Refuse(request.BrokerId, topic.Id, before, partition);
                result.Partitions.Add(error == ErrorCode.None ? Carry(topic!, before!, partition) : new Answer { PartitionIndex = partition.PartitionIndex, ErrorCode = error });
            }
        }
        return new Decision<AlterPartitionResponse>(_sweep.Records, response) { Lines = [.. _lines, .. _sweep.Lines()] };
    }

    private ErrorCode Refuse(int asker, Guid topicId, PartitionImage before, Asked asked)
    {
        if (asked.LeaderEpoch != before.LeaderEpoch)
            return asked.LeaderEpoch < before.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.NotController;
        if (before.Leader != asker)
            return ErrorCode.InvalidRequest;
        if (asked.PartitionEpoch != before.PartitionEpoch)
            return asked.PartitionEpoch < before.PartitionEpoch ? ErrorCode.InvalidUpdateVersion : ErrorCode.NotController;
        var isr = asked.NewIsrWithEpochs;
        if (isr.TrueForAll(m => m.BrokerId != asker) || isr.Exists(m => !before.Replicas.Contains(m.BrokerId)) || isr.DistinctBy(m => m.BrokerId).Count() != isr.Count)
            return ErrorCode.InvalidRequest;
        foreach (var member in isr)
        {
            // The leader itself may be stopping: it must be able to take in whoever can lead after it.
            var isEligible = image.Brokers.TryGetValue(member.BrokerId, out var broker)
                && (member.BrokerEpoch == AnyEpoch || member.BrokerEpoch == broker.Epoch)
                && (broker.IsActive || member.BrokerId == asker)
                && !image.IsOffline(member.BrokerId, topicId, before.Partition);
            if (!isEligible)
                return ErrorCode.IneligibleReplica;
        }
        return ErrorCode.None;
    }

    private Answer Carry(TopicImage topic, PartitionImage before, Asked asked)
    {
        ImmutableArray<int> isr = [.. asked.NewIsrWithEpochs.Select(m => m.BrokerId)];
        var records = _sweep.Records.Count;
        var change = isr.Order().SequenceEqual(before.Isr.Order()) ? null : _sweep.Add(topic, before, c => c.Isr = isr);
        if (change is null)
            return State(before);
        var after = before.With((Records.PartitionChangeRecord)_sweep.Records[records]);
        _lines.Add(new DecisionLine(
            "isr-changed",
            $"Partition {topic.IdOf(before.Partition)}: the ISR is {PartitionChange.List(after.Isr)} at leader epoch {after.LeaderEpoch}, was {PartitionChange.List(before.Isr)}"
            + (after.Elr.IsEmpty ? "." : $"; eligible besides: {PartitionChange.List(after.Elr)}.")));
        if (after.Leader != before.Leader)
            return new Answer { PartitionIndex = before.Partition, ErrorCode = ErrorCode.NewLeaderElected };
        return after.LeaderEpoch != before.LeaderEpoch
            ? new Answer { PartitionIndex = before.Partition, ErrorCode = ErrorCode.FencedLeaderEpoch }
            : State(after);
    }

    private static Answer State(PartitionImage partition) => new()
    {
        PartitionIndex = partition.Partition,
        LeaderId = partition.Leader,
        LeaderEpoch = partition.LeaderEpoch,
        Isr = [.. partition.Isr],
        PartitionEpoch = partition.PartitionEpoch,
    };
}
