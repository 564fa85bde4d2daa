using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Answer = Akka.Broker.Protocol.Messages.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// Moves of replicas (KIP-455): begun, changed on their way, ended, listed. A move is a state of the partition:
/// <code>
/// replicas   target, then those that go      1 2 3 ─ to 4 2 3 ─▶ replicas 4 2 3 1, adding 4, removing 1
/// all of adding in the ISR, and enough in    ─▶ replicas 4 2 3                 (<see cref="PartitionChange"/>, whatever brings them in)
///   all without those that go
/// ended before                               ─▶ replicas 2 3 1
/// </code>
/// Those that go stay in sync and may lead until those that come are in sync. A move is neither changed nor ended while that would take away a copy of what is
/// acknowledged that <c>min.insync.replicas</c> of the others do not have.
/// </summary>
internal sealed class Reassigner(MetadataImage image, ConfigResolver configs)
{
    private readonly PartitionRules _rules = new(image, configs);
    private readonly PartitionSweep _sweep = new(new PartitionRules(image, configs));
    private readonly List<DecisionLine> _lines = [];

    public Decision<AlterPartitionReassignmentsResponse> Alter(AlterPartitionReassignmentsRequest request)
    {
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        if (image.MetadataVersion < MetadataVersion.Cluster)
        {
            response.ErrorCode = ErrorCode.UnsupportedVersion;
            response.ErrorMessage = $"Replicas move from metadata.version {MetadataVersion.Cluster} on; it is {image.MetadataVersion}. Raise it (UpdateFeatures) when all nodes run this release.";
            return new Decision<AlterPartitionReassignmentsResponse>([], response);
        }
        var seen = new HashSet<TopicPartition>();
        foreach (var topic in request.Topics)
        {
            var result = new AlterPartitionReassignmentsResponse.ReassignableTopicResponse { Name = topic.Name };
            response.Responses.Add(result);
            foreach (var partition in topic.Partitions)
            {
                var answer = new Answer { PartitionIndex = partition.PartitionIndex };
                result.Partitions.Add(answer);
                try
                {
                    if (!seen.Add(new TopicPartition(topic.Name, partition.PartitionIndex)))
                        throw new RefusedException(ErrorCode.InvalidRequest, "The partition is in the request more than once.");
                    if (!image.TryGetTopic(topic.Name, out var found) || !found.TryGetPartition(partition.PartitionIndex, out var before))
                        throw new RefusedException(ErrorCode.UnknownTopicOrPartition, $"There is no partition {partition.PartitionIndex} of a topic '{topic.Name}'.");
                    if (partition.Replicas is { } target)
                        Begin(found, before, target, request.AllowReplicationFactorChange);
                    else
                        End(found, before);
                }
                catch (RefusedException refused)
                {
                    answer.ErrorCode = refused.Refusal.Error;
                    answer.ErrorMessage = refused.Refusal.Message;
                }
            }
        }
        return new Decision<AlterPartitionReassignmentsResponse>(_sweep.Records, response) { Lines = [.. _lines, .. _sweep.Lines()] };
    }

    public static ListPartitionReassignmentsResponse List(MetadataImage image, ListPartitionReassignmentsRequest request)
    {
        var response = new ListPartitionReassignmentsResponse();
        var asked = request.Topics?.ToLookup(t => t.Name, t => t.PartitionIndexes, StringComparer.Ordinal);
        foreach (var topic in image.Topics.Values.Where(t => asked is null || asked.Contains(t.Name)).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var moving = topic.Partitions.Where(p => p.IsMoving && (asked is null || asked[topic.Name].Any(i => i.Contains(p.Partition)))).ToList();
            if (moving.Count == 0)
                continue;
            response.Topics.Add(new()
            {
                Name = topic.Name,
                Partitions = moving.ConvertAll(p => new ListPartitionReassignmentsResponse.OngoingPartitionReassignment
                {
                    PartitionIndex = p.Partition,
                    Replicas = [.. p.Replicas],
                    AddingReplicas = [.. p.Adding],
                    RemovingReplicas = [.. p.Removing],
                }),
            });
        }
        return response;
    }

    private void Begin(TopicImage topic, PartitionImage before, int[] target, bool allowsOtherFactor)
    {
        Check(before, target, allowsOtherFactor);
        var original = before.Replicas.RemoveRange(before.Adding);
        ImmutableArray<int> removing = [.. original.Where(r => !target.Contains(r))];
        ImmutableArray<int> replicas = [.. target, .. removing];
        var isr = Remaining(topic, before, replicas);
        var change = _sweep.Add(topic, before, c =>
        {
            c.Replicas = replicas;
            c.Adding = [.. target.Where(r => !original.Contains(r))];
            c.Removing = removing;
            c.Isr = isr;
        });
        if (change is { CompletesMove: false })
            _lines.Add(new DecisionLine("partition-moving", $"Partition {topic.IdOf(before.Partition)} moves from brokers {PartitionChange.List(original)} to {PartitionChange.List(target)}."));
    }

    private void End(TopicImage topic, PartitionImage before)
    {
        if (!before.IsMoving)
            throw new RefusedException(ErrorCode.NoReassignmentInProgress, "No move of this partition is under way.");
        var replicas = before.Replicas.RemoveRange(before.Adding);
        var isr = Remaining(topic, before, replicas);
        _sweep.Add(topic, before, c =>
        {
            c.Replicas = replicas;
            c.Adding = [];
            c.Removing = [];
            c.Isr = isr;
        });
        _lines.Add(new DecisionLine("partition-move-ended", $"The move of partition {topic.IdOf(before.Partition)} is ended: it stays on brokers {PartitionChange.List(replicas)}."));
    }

    /// <summary>The ISR that is left on those replicas: never nobody, which only an unclean election could serve, nor too few to keep what is acknowledged.</summary>
    private ImmutableArray<int> Remaining(TopicImage topic, PartitionImage before, ImmutableArray<int> replicas)
    {
        ImmutableArray<int> isr = [.. before.Isr.Where(replicas.Contains)];
        if (isr.IsEmpty && !before.Isr.IsEmpty)
        {
            throw new RefusedException(
                ErrorCode.InvalidReplicaAssignment,
                $"Only brokers {PartitionChange.List(before.Isr)} are in sync and none of them would be left; wait until another is.");
        }
        return _rules.MayShrinkTo(topic, before, isr, replicas)
            ? isr
            : throw new RefusedException(
                ErrorCode.InvalidReplicaAssignment,
                $"Of the brokers in sync, {PartitionChange.List(before.Isr)}, fewer than min.insync.replicas would be left: {PartitionChange.List(isr)}; wait until more are.");
    }

    private void Check(PartitionImage before, int[] target, bool allowsOtherFactor)
    {
        if (target.Length == 0)
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, "The partition is assigned to no broker.");
        if (target.Distinct().Count() != target.Length)
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"The partition is assigned to a broker more than once: {PartitionChange.List(target)}.");
        foreach (var replica in target.Where(r => !image.Brokers.ContainsKey(r)))
        {
            throw new RefusedException(
                ErrorCode.InvalidReplicaAssignment, $"The partition is assigned to broker {replica}; there are {PartitionChange.List(image.Brokers.Keys)}.");
        }
        var factor = before.TargetReplicas.Length;
        if (!allowsOtherFactor && target.Length != factor)
        {
            throw new RefusedException(
                ErrorCode.InvalidReplicationFactor, $"The partition has {factor} replicas and would have {target.Length}, which the request does not allow.");
        }
    }
}
