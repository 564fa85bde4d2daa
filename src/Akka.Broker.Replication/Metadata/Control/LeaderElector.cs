using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Answer = Akka.Broker.Protocol.Messages.ElectLeadersResponse.ReplicaElectionResult;
using Result = Akka.Broker.Protocol.Messages.ElectLeadersResponse.PartitionResult;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>Elections that somebody asks for (ElectLeaders) or that are due: back to the preferred leaders, and for partitions without one.</summary>
internal sealed class LeaderElector(MetadataImage image, ConfigResolver configs)
{
    private const sbyte Preferred = 0;
    private const sbyte Unclean = 1;

    private readonly PartitionSweep _sweep = new(new PartitionRules(image, configs));

    public Decision<ElectLeadersResponse> Elect(ElectLeadersRequest request)
    {
        if (request.ElectionType is not (Preferred or Unclean))
            return new Decision<ElectLeadersResponse>([], new ElectLeadersResponse { ErrorCode = ErrorCode.InvalidRequest });
        var response = new ElectLeadersResponse();
        if (request.TopicPartitions is { } asked)
        {
            foreach (var topic in asked)
                response.ReplicaElectionResults.Add(Elect(topic.Topic, topic.Partitions.Distinct(), request.ElectionType));
        }
        else
        {
            foreach (var topic in image.Topics.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                var answer = Elect(topic.Name, topic.Partitions.Select(p => p.Partition), request.ElectionType);
                answer.PartitionResults.RemoveAll(p => p.ErrorCode == ErrorCode.ElectionNotNeeded);
                if (answer.PartitionResults.Count > 0)
                    response.ReplicaElectionResults.Add(answer);
            }
        }
        var kind = request.ElectionType == Preferred ? "their preferred leader" : "a leader by unclean election";
        return Decided(response, _sweep.Elected == 0 ? null : $"{_sweep.Elected} partitions got {kind}, as was asked.");
    }

    /// <summary>
    /// Gives leaderships back to the brokers that are the preferred leaders of more partitions, by <paramref name="imbalancePercentage"/>, than they lead
    /// of these. Answers how many.
    /// </summary>
    public Decision<int> Balance(int imbalancePercentage)
    {
        var preferring = image.TopicsById.Values.SelectMany(t => t.Partitions.Select(p => (Topic: t, Partition: p))).ToLookup(p => p.Partition.Replicas[0]);
        foreach (var broker in image.Brokers.Values.Where(b => b.IsActive))
        {
            var theirs = preferring[broker.Id].ToList();
            var elsewhere = theirs.Where(p => p.Partition.Leader != broker.Id).ToList();
            if (elsewhere.Count * 100L <= (long)theirs.Count * imbalancePercentage)
                continue;
            foreach (var (topic, partition) in elsewhere.Where(p => p.Partition.Isr.Contains(broker.Id)))
                _sweep.Add(topic, partition, change => change.Election = Election.Preferred);
        }
        return Decided(_sweep.Elected, _sweep.Elected == 0 ? null : $"{_sweep.Elected} partitions are led by their preferred leader again.");
    }

    /// <summary>Leaders for partitions that have none, where a replica is back or an unclean election has become allowed. Answers how many.</summary>
    public Decision<int> ElectMissing()
    {
        _sweep.Over(p => !p.HasLeader, (_, _) => { });
        return Decided(_sweep.Elected, _sweep.Elected == 0 ? null : $"{_sweep.Elected} partitions that had no leader got one.");
    }

    private Answer Elect(string name, IEnumerable<int> partitions, sbyte type)
    {
        var answer = new Answer { Topic = name };
        foreach (var number in partitions)
        {
            var (error, message) = Elect(name, number, type);
            answer.PartitionResults.Add(new Result { PartitionId = number, ErrorCode = error, ErrorMessage = message });
        }
        return answer;
    }

    private (ErrorCode, string?) Elect(string name, int number, sbyte type)
    {
        if (!image.TryGetTopic(name, out var topic) || !topic.TryGetPartition(number, out var partition))
            return (ErrorCode.UnknownTopicOrPartition, $"There is no partition {number} of a topic '{name}'.");
        var preferred = partition.Replicas[0];
        if (type == Preferred)
        {
            if (partition.Leader == preferred)
                return (ErrorCode.ElectionNotNeeded, $"Broker {preferred}, the preferred leader, leads.");
            if (!image.IsActive(preferred) || !partition.Isr.Contains(preferred))
                return (ErrorCode.PreferredLeaderNotAvailable, $"Broker {preferred}, the preferred leader, is not in sync; in sync are {PartitionChange.List(partition.Isr)}.");
            _sweep.Add(topic, partition, change => change.Election = Election.Preferred);
            return (ErrorCode.None, null);
        }
        if (partition.HasLeader)
            return (ErrorCode.ElectionNotNeeded, $"Broker {partition.Leader} leads.");
        return _sweep.Add(topic, partition, change => change.Election = Election.Unclean)?.Leader >= 0
            ? (ErrorCode.None, null)
            : (ErrorCode.EligibleLeadersNotAvailable, $"None of the replicas {PartitionChange.List(partition.Replicas)} is alive.");
    }

    private Decision<T> Decided<T>(T response, string? headline) => new(_sweep.Records, response) { Lines = _sweep.Lines(headline is null ? null : new DecisionLine("leaders-elected", headline)) };
}
