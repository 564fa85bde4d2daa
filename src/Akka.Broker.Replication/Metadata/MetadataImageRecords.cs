using System.Globalization;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// The records that make an image out of nothing: what a snapshot holds. Applied to <see cref="MetadataImage.Empty"/> by a <see cref="MetadataImageBuilder"/>
/// they make the same image, offset and epoch aside.
/// </summary>
public static class MetadataImageRecords
{
    public static IEnumerable<IMessage> Of(MetadataImage image)
    {
        if (image.ClusterId.Length > 0)
            yield return new ClusterFormedRecord { ClusterId = image.ClusterId };
        foreach (var (name, level) in image.Features)
            yield return new FeatureLevelRecord { Name = name, FeatureLevel = level };
        foreach (var broker in image.Brokers.Values)
        {
            yield return Of(broker);
            if (broker.InControlledShutdown || !broker.OfflineReplicas.IsEmpty)
            {
                yield return new BrokerRegistrationChangeRecord
                {
                    BrokerId = broker.Id,
                    BrokerEpoch = broker.Epoch,
                    Fenced = broker.Fenced,
                    InControlledShutdown = broker.InControlledShutdown,
                    OfflineReplicas = broker.OfflineReplicas.IsEmpty ? null : Of(broker.OfflineReplicas),
                };
            }
        }
        foreach (var config in Configs(ConfigResourceType.Broker, "", image.ClusterConfigs))
            yield return config;
        foreach (var (broker, configs) in image.BrokerConfigs)
        {
            foreach (var config in Configs(ConfigResourceType.Broker, broker.ToString(CultureInfo.InvariantCulture), configs))
                yield return config;
        }
        foreach (var quota in Quotas(null, image.ClientQuotas.OfOthers).Concat(image.ClientQuotas.ByClientId.SelectMany(c => Quotas(c.Key, c.Value))))
            yield return quota;
        foreach (var topic in image.Topics.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            yield return new TopicRecord { Name = topic.Name, TopicId = topic.Id };
            foreach (var partition in topic.Partitions)
                yield return Of(topic.Id, partition);
            foreach (var config in Configs(ConfigResourceType.Topic, topic.Name, topic.Configs))
                yield return config;
        }
        if (image.NextProducerId > 0)
            yield return new ProducerIdsRecord { BrokerId = -1, BrokerEpoch = -1, NextProducerId = image.NextProducerId };
    }

    /// <summary>In the same order on every node.</summary>
    internal static List<BrokerRegistrationChangeRecord.OfflineTopic> Of(IEnumerable<ReplicaId> offline) =>
    [
        .. offline.GroupBy(r => r.TopicId).OrderBy(t => t.Key).Select(t => new BrokerRegistrationChangeRecord.OfflineTopic
        {
            TopicId = t.Key, Partitions = [.. t.Select(r => r.Partition).Order()],
        }),
    ];

    private static RegisterBrokerRecord Of(BrokerImage broker) => new()
    {
        BrokerId = broker.Id,
        BrokerEpoch = broker.Epoch,
        IncarnationId = broker.IncarnationId,
        DirectoryId = broker.DirectoryId,
        Rack = broker.Rack,
        Fenced = broker.Fenced,
        Endpoints =
        [
            .. broker.Endpoints.Select(e => new RegisterBrokerRecord.RegisteredEndpoint
            {
                Listener = e.Listener,
                Host = e.Host,
                Port = (ushort)e.Port,
                SecurityProtocol = e.SecurityProtocol,
            }),
        ],
        AkkaAddress = broker.AkkaAddress,
        MetadataVersionMin = broker.MetadataVersionMin,
        MetadataVersionMax = broker.MetadataVersionMax,
        MinInsyncReplicas = broker.MinInsyncReplicas,
    };

    private static PartitionRecord Of(Guid topicId, PartitionImage partition) => new()
    {
        TopicId = topicId,
        PartitionId = partition.Partition,
        Replicas = [.. partition.Replicas],
        Isr = [.. partition.Isr],
        Leader = partition.Leader,
        LeaderEpoch = partition.LeaderEpoch,
        PartitionEpoch = partition.PartitionEpoch,
        EligibleLeaderReplicas = [.. partition.Elr],
        LastKnownElr = [.. partition.LastKnownElr],
        LastKnownEpochs = [.. partition.LastKnownEnds.Select(e => e.Epoch)],
        LastKnownOffsets = [.. partition.LastKnownEnds.Select(e => e.Offset)],
        AddingReplicas = [.. partition.Adding],
        RemovingReplicas = [.. partition.Removing],
        UncleanEpoch = partition.UncleanEpoch,
    };

    private static IEnumerable<ClientQuotaRecord> Quotas(string? client, IEnumerable<KeyValuePair<string, double>> quotas) => quotas.Select(q => new ClientQuotaRecord
    {
        Entity = [new() { EntityType = ClientQuota.ClientIdType, EntityName = client }],
        Key = q.Key,
        Value = q.Value,
    });

    private static IEnumerable<ConfigRecord> Configs(ConfigResourceType type, string resource, IEnumerable<KeyValuePair<string, string>> configs) =>
        configs.Select(c => new ConfigRecord { ResourceType = (sbyte)type, ResourceName = resource, Name = c.Key, Value = c.Value });
}
