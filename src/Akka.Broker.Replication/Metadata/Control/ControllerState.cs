using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// The controller's rules: an image and a request in, records and a response out. Nothing changes here; the records, once committed, make the next image,
/// which is what the next request is decided on. No clock, no I/O; chance is the seeded <paramref name="random"/>.
/// </summary>
/// <param name="defaults">What topics get whose creator does not say.</param>
/// <param name="configs">What settings are worth on the controller's node.</param>
/// <param name="random">For topic ids and the first broker of a topic's replicas.</param>
public sealed class ControllerState(ControllerDefaults defaults, ConfigResolver configs, Random random)
{
    /// <summary>Producer ids that a broker gets at once.</summary>
    public const int ProducerIdBlockSize = 1000;

    /// <summary>What this node can read and write.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;

    /// <summary>The first records of a cluster, which begins at the highest level that whoever forms it writes.</summary>
    public static IReadOnlyList<IMessage> Form(string clusterId, MetadataLevels? levels = null) =>
    [
        new ClusterFormedRecord { ClusterId = clusterId },
        new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = (levels ?? MetadataLevels.OfThisBuild).Max },
    ];

    /// <summary>A cluster id as Kafka makes them: a random UUID in url-safe base64, 22 characters.</summary>
    public static string NewClusterId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        string id;
        do
        {
            random.NextBytes(bytes);
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            id = Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        }
        while (id[0] == '-');
        return id;
    }

    /// <summary>Decides a request of the protocol.</summary>
    /// <param name="image">The state before.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="voters">Of the metadata log, which no image shows.</param>
    /// <exception cref="ArgumentException">The controller does not serve this API.</exception>
    public Decision<IResponse> Decide(MetadataImage image, IRequest request, VoterSet voters) => request switch
    {
        CreateTopicsRequest create => Plain(CreateTopics(image, create)),
        DeleteTopicsRequest delete => Plain(DeleteTopics(image, delete)),
        CreatePartitionsRequest create => Plain(CreatePartitions(image, create)),
        AlterConfigsRequest alter => Plain(AlterConfigs(image, alter)),
        IncrementalAlterConfigsRequest alter => Plain(IncrementalAlterConfigs(image, alter)),
        AlterPartitionRequest alter => Plain(AlterPartition(image, alter)),
        ElectLeadersRequest elect => Plain(ElectLeaders(image, elect)),
        AlterPartitionReassignmentsRequest alter => Plain(AlterPartitionReassignments(image, alter)),
        UpdateFeaturesRequest update => Plain(UpdateFeatures(image, update)),
        AlterClientQuotasRequest alter => Plain(AlterClientQuotas(image, alter)),
        UnregisterBrokerRequest unregister => Plain(UnregisterBroker(image, unregister, voters)),
        _ => throw new ArgumentException($"The controller does not decide a {request.GetType().Name}.", nameof(request)),
    };

    public Decision<CreateTopicsResponse> CreateTopics(MetadataImage image, CreateTopicsRequest request) =>
        new TopicCreator(image, defaults, configs, random).Create(request);

    public Decision<DeleteTopicsResponse> DeleteTopics(MetadataImage image, DeleteTopicsRequest request) => TopicDeleter.Delete(image, request);

    public Decision<CreatePartitionsResponse> CreatePartitions(MetadataImage image, CreatePartitionsRequest request) =>
        new PartitionAdder(image, defaults, random).Add(request);

    public Decision<AlterConfigsResponse> AlterConfigs(MetadataImage image, AlterConfigsRequest request) =>
        new ConfigAlterer(image, configs).Replace(request);

    public Decision<IncrementalAlterConfigsResponse> IncrementalAlterConfigs(MetadataImage image, IncrementalAlterConfigsRequest request) =>
        new ConfigAlterer(image, configs).Alter(request);

    public Decision<AlterPartitionResponse> AlterPartition(MetadataImage image, AlterPartitionRequest request) => new IsrAlterer(image, configs).Alter(request);

    public Decision<ElectLeadersResponse> ElectLeaders(MetadataImage image, ElectLeadersRequest request) => new LeaderElector(image, configs).Elect(request);

    public Decision<AlterPartitionReassignmentsResponse> AlterPartitionReassignments(MetadataImage image, AlterPartitionReassignmentsRequest request) =>
        new Reassigner(image, configs).Alter(request);

    /// <summary>The moves under way, from any node's image.</summary>
    public static ListPartitionReassignmentsResponse ListPartitionReassignments(MetadataImage image, ListPartitionReassignmentsRequest request) =>
        Reassigner.List(image, request);

    public Decision<UpdateFeaturesResponse> UpdateFeatures(MetadataImage image, UpdateFeaturesRequest request) => FeatureUpdater.Update(image, request, Levels);

    public Decision<AlterClientQuotasResponse> AlterClientQuotas(MetadataImage image, AlterClientQuotasRequest request) => QuotaAlterer.Alter(image, request);

    /// <summary>The quotas of clients, from any node's image.</summary>
    public static DescribeClientQuotasResponse DescribeClientQuotas(MetadataImage image, DescribeClientQuotasRequest request) => QuotaAlterer.Describe(image, request);

    public Decision<UnregisterBrokerResponse> UnregisterBroker(MetadataImage image, UnregisterBrokerRequest request, VoterSet voters) =>
        BrokerLifecycle.Unregister(image, configs, request.BrokerId, voters);

    /// <summary>Replicas for internal topics that have fewer than there could be. Answers for how many partitions.</summary>
    public Decision<int> GrowInternalTopics(MetadataImage image) => new InternalTopicGrower(image, configs, defaults).Grow();

    /// <summary>Gives leaderships back to preferred leaders where more than the percentage of theirs are elsewhere. Answers how many.</summary>
    public Decision<int> BalanceLeaders(MetadataImage image, int imbalancePercentage) => new LeaderElector(image, configs).Balance(imbalancePercentage);

    /// <summary>Leaders for partitions without one, where that has become possible. Answers how many.</summary>
    public Decision<int> ElectMissingLeaders(MetadataImage image) => new LeaderElector(image, configs).ElectMissing();

    /// <summary>A broker has started.</summary>
    /// <param name="image">The state before.</param>
    /// <param name="registration">What it says of itself.</param>
    /// <param name="fenced">Whether it must show first that it follows the metadata (<see cref="Unfence"/>). All but the controller's own node must.</param>
    public Decision<RegistrationResult> Register(MetadataImage image, BrokerRegistration registration, bool fenced = false) =>
        BrokerRegistrar.Register(image, registration, configs, fenced);

    /// <summary>The broker's session has ended, it was downed, or it has stopped: it leaves every ISR and leads nothing. False if it was fenced or is unknown.</summary>
    public Decision<bool> Fence(MetadataImage image, int brokerId, string reason) => BrokerLifecycle.Fence(image, configs, brokerId, reason);

    /// <summary>The broker of that epoch follows the metadata again. False if it was not fenced, or is another.</summary>
    public Decision<bool> Unfence(MetadataImage image, int brokerId, long brokerEpoch) => BrokerLifecycle.Unfence(image, configs, brokerId, brokerEpoch);

    /// <summary>The broker is about to stop: others take over. Asked again, what was left is tried again.</summary>
    public Decision<ShutdownProgress> ShutDown(MetadataImage image, int brokerId, long brokerEpoch) =>
        BrokerLifecycle.ShutDown(image, configs, brokerId, brokerEpoch);

    /// <summary>The broker says which of its replicas are lost to a disk: others take them over, as far as they have all that is acknowledged.</summary>
    public Decision<ErrorCode> TakeOffline(MetadataImage image, OfflineReport report) => BrokerDisks.TakeOffline(image, configs, report);

    /// <summary>Answers the first id of a block of <see cref="ProducerIdBlockSize"/>; null to a broker that is not the registered one.</summary>
    public Decision<long?> AllocateProducerIds(MetadataImage image, int brokerId, long brokerEpoch)
    {
        if (!image.Brokers.TryGetValue(brokerId, out var broker) || broker.Epoch != brokerEpoch)
            return new Decision<long?>([], null);
        var next = new ProducerIdsRecord { BrokerId = brokerId, BrokerEpoch = brokerEpoch, NextProducerId = checked(image.NextProducerId + ProducerIdBlockSize) };
        return new Decision<long?>([next], image.NextProducerId);
    }

    private static Decision<IResponse> Plain<T>(Decision<T> decision) where T : IResponse => new(decision.Records, decision.Response) { Lines = decision.Lines };
}
