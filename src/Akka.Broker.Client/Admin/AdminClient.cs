using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Client.Admin.Operations;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin;

/// <summary>
/// Administers a cluster. Each call finds the brokers that can answer, tries again what passes by itself (a moved leader, a loading coordinator, a lost
/// connection) until its time is over, and tells of each item what came of it; <c>OrThrow()</c> turns a failed item into an exception.
/// Thread-safe. A call whose answer was lost is tried again too, so that what it did the first time may be refused as done: an
/// <see cref="ErrorCode.TopicAlreadyExists"/> can be about the topic that this very call has made.
/// </summary>
/// <remarks>
/// Every method ends with the same three: <c>timeout</c> is the time for all tries (default: <c>akka.broker.client.api-timeout</c>), <c>cancellationToken</c>
/// ends the waiting, not what brokers do already; <c>validateOnly</c>, where there is one, asks what would come of it.
/// </remarks>
public sealed class AdminClient
{
    private readonly AdminParts _parts;

    internal AdminClient(AdminParts parts) => _parts = parts;

    /// <summary>Makes topics. Some brokers may come to know them a moment later.</summary>
    public Task<AdminResults<string, CreatedTopic>> CreateTopicsAsync(
        IEnumerable<NewTopic> topics, bool validateOnly = false, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TopicOperations.CreateAsync(_parts.Begin(timeout, cancellationToken), topics, validateOnly);

    /// <summary>Deletes topics with all their records.</summary>
    public Task<AdminResults<string>> DeleteTopicsAsync(
        IEnumerable<string> topics, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TopicOperations.DeleteAsync(_parts.Begin(timeout, cancellationToken), topics);

    /// <summary>The topics that there are; those of the brokers' own bookkeeping only on demand.</summary>
    public Task<IReadOnlyDictionary<string, TopicListing>> ListTopicsAsync(
        bool listInternal = false, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        DescribeOperations.ListAsync(_parts.Begin(timeout, cancellationToken), listInternal);

    /// <summary>Topics with their partitions, leaders and replicas.</summary>
    public Task<AdminResults<string, TopicDescription>> DescribeTopicsAsync(
        IEnumerable<string> topics, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        DescribeOperations.DescribeAsync(_parts.Begin(timeout, cancellationToken), topics);

    /// <summary>Raises topics' numbers of partitions. Keys go to other partitions from then on.</summary>
    public Task<AdminResults<string>> CreatePartitionsAsync(
        IReadOnlyDictionary<string, NewPartitions> topics,
        bool validateOnly = false,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        TopicOperations.CreatePartitionsAsync(_parts.Begin(timeout, cancellationToken), topics, validateOnly);

    /// <summary>Deletes the records before an offset; -1: all that consumers may read. Answers with the first offsets that are left.</summary>
    public Task<AdminResults<TopicPartition, long>> DeleteRecordsAsync(
        IReadOnlyDictionary<TopicPartition, long> beforeOffsets, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        PartitionOperations.DeleteRecordsAsync(_parts.Begin(timeout, cancellationToken), beforeOffsets);

    /// <summary>Offsets of partitions, by place or by time.</summary>
    /// <param name="specs">Which offset of which partition.</param>
    /// <param name="readCommitted">The latest offset is the one before the first open transaction.</param>
    /// <param name="timeout">The time for all tries.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<AdminResults<TopicPartition, ListedOffset>> ListOffsetsAsync(
        IReadOnlyDictionary<TopicPartition, OffsetSpec> specs,
        bool readCommitted = false,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        PartitionOperations.ListOffsetsAsync(_parts.Begin(timeout, cancellationToken), specs, readCommitted);

    /// <summary>The idempotent producers that partitions remember.</summary>
    public Task<AdminResults<TopicPartition, IReadOnlyList<ProducerDescription>>> DescribeProducersAsync(
        IEnumerable<TopicPartition> partitions, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        PartitionOperations.DescribeProducersAsync(_parts.Begin(timeout, cancellationToken), partitions);

    /// <summary>All settings of topics or brokers, by name.</summary>
    public Task<AdminResults<ConfigResource, IReadOnlyDictionary<string, ConfigEntry>>> DescribeConfigsAsync(
        IEnumerable<ConfigResource> resources,
        bool includeSynonyms = false,
        bool includeDocumentation = false,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        ConfigOperations.DescribeAsync(_parts.Begin(timeout, cancellationToken), resources, includeSynonyms, includeDocumentation);

    /// <summary>Changes single settings; a resource's changes happen all or not at all.</summary>
    public Task<AdminResults<ConfigResource>> IncrementalAlterConfigsAsync(
        IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> changes,
        bool validateOnly = false,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        ConfigOperations.IncrementalAlterAsync(_parts.Begin(timeout, cancellationToken), changes, validateOnly);

    /// <summary>The groups that there are.</summary>
    /// <param name="states">Only groups in one of these states; null: in any.</param>
    /// <param name="timeout">The time for all tries.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<ConsumerGroupListings> ListConsumerGroupsAsync(
        IReadOnlyCollection<string>? states = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GroupOperations.ListAsync(_parts.Begin(timeout, cancellationToken), states);

    /// <summary>Groups with their members and who has which partitions.</summary>
    public Task<AdminResults<string, ConsumerGroupDescription>> DescribeConsumerGroupsAsync(
        IEnumerable<string> groups, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GroupOperations.DescribeAsync(_parts.Begin(timeout, cancellationToken), groups);

    /// <summary>What a group has committed.</summary>
    /// <param name="group">The group.</param>
    /// <param name="partitions">Null: all that it has committed anything for. A partition without a commit has a null value.</param>
    /// <param name="timeout">The time for all tries.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<AdminResults<TopicPartition, OffsetAndMetadata?>> ListConsumerGroupOffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition>? partitions = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GroupOffsetOperations.ListAsync(_parts.Begin(timeout, cancellationToken), group, partitions);

    /// <summary>Sets committed offsets of a group that has no members.</summary>
    public Task<AdminResults<TopicPartition>> AlterConsumerGroupOffsetsAsync(
        string group,
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        GroupOffsetOperations.AlterAsync(_parts.Begin(timeout, cancellationToken), group, offsets);

    /// <summary>Deletes committed offsets of topics that no member of the group subscribes to.</summary>
    public Task<AdminResults<TopicPartition>> DeleteConsumerGroupOffsetsAsync(
        string group, IEnumerable<TopicPartition> partitions, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GroupOffsetOperations.DeleteAsync(_parts.Begin(timeout, cancellationToken), group, partitions);

    /// <summary>Deletes groups that have no members, with their offsets.</summary>
    public Task<AdminResults<string>> DeleteConsumerGroupsAsync(
        IEnumerable<string> groups, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GroupOperations.DeleteAsync(_parts.Begin(timeout, cancellationToken), groups);

    /// <summary>The cluster's id, controller and brokers.</summary>
    public Task<ClusterDescription> DescribeClusterAsync(
        bool includeFencedBrokers = false, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ClusterOperations.DescribeAsync(_parts.Begin(timeout, cancellationToken), includeFencedBrokers);

    /// <summary>Brokers' data folders with the replicas in them.</summary>
    public Task<AdminResults<int, IReadOnlyDictionary<string, LogDirDescription>>> DescribeLogDirsAsync(
        IEnumerable<int> brokers, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ClusterOperations.DescribeLogDirsAsync(_parts.Begin(timeout, cancellationToken), brokers);

    /// <summary>Moves replicas; an answer says that the move has begun.</summary>
    /// <param name="targets">The brokers that shall have replicas, the preferred leader first; null ends the move that is under way.</param>
    /// <param name="timeout">The time for all tries.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<AdminResults<TopicPartition>> AlterPartitionReassignmentsAsync(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>?> targets, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ReassignmentOperations.AlterAsync(_parts.Begin(timeout, cancellationToken), targets);

    /// <summary>Moves of replicas that are under way, of some or (null) of all partitions.</summary>
    public Task<IReadOnlyDictionary<TopicPartition, PartitionReassignment>> ListPartitionReassignmentsAsync(
        IReadOnlyCollection<TopicPartition>? partitions = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ReassignmentOperations.ListAsync(_parts.Begin(timeout, cancellationToken), partitions);

    /// <summary>Elects leaders of some or (null) of all partitions. <see cref="ErrorCode.ElectionNotNeeded"/>: the right one leads already.</summary>
    public Task<AdminResults<TopicPartition>> ElectLeadersAsync(
        ElectionType type,
        IReadOnlyCollection<TopicPartition>? partitions = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        ReassignmentOperations.ElectAsync(_parts.Begin(timeout, cancellationToken), type, partitions);

    /// <summary>The voters of the metadata and how far they are.</summary>
    public Task<QuorumDescription> DescribeMetadataQuorumAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        QuorumOperations.DescribeAsync(_parts.Begin(timeout, cancellationToken));

    /// <summary>Makes a node that follows the metadata a voter.</summary>
    public Task AddRaftVoterAsync(
        int voterId,
        Guid directoryId,
        IEnumerable<RaftVoterEndpoint> endpoints,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        QuorumOperations.AddVoterAsync(_parts.Begin(timeout, cancellationToken), voterId, directoryId, endpoints);

    /// <summary>Takes a voter its vote.</summary>
    public Task RemoveRaftVoterAsync(int voterId, Guid directoryId, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        QuorumOperations.RemoveVoterAsync(_parts.Begin(timeout, cancellationToken), voterId, directoryId);

    /// <summary>Forgets a broker that is gone for good.</summary>
    public Task UnregisterBrokerAsync(int brokerId, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ClusterOperations.UnregisterBrokerAsync(_parts.Begin(timeout, cancellationToken), brokerId);

    /// <summary>Levels of features, as <c>metadata.version</c>.</summary>
    public Task<FeatureDescription> DescribeFeaturesAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ClusterOperations.DescribeFeaturesAsync(_parts.Begin(timeout, cancellationToken));

    /// <summary>Raises or lowers features' levels.</summary>
    public Task<AdminResults<string>> UpdateFeaturesAsync(
        IReadOnlyDictionary<string, FeatureUpdate> updates,
        bool validateOnly = false,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        ClusterOperations.UpdateFeaturesAsync(_parts.Begin(timeout, cancellationToken), updates, validateOnly);
}
