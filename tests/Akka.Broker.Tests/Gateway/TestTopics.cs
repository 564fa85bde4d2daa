using Akka.Broker.Controller;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Metadata as a controller would have published it: brokers 1 (this one) and 2, and topics by need.</summary>
internal static class TestTopics
{
    public const string Listener = "PLAINTEXT";
    public const int ThisNode = 1;
    public const int OtherNode = 2;

    public static void PublishBrokers(this MetadataCache cache)
    {
        cache.ControllerId = ThisNode;
        cache.Append(
            new ClusterFormedRecord { ClusterId = "AAAAAAAAAAAAAAAAAAAAAQ" },
            new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest },
            Broker(ThisNode, 1, 9092),
            Broker(OtherNode, 2, 9093));
    }

    /// <summary>Partition <i>n</i> is led by the <i>n</i>-th broker given.</summary>
    public static Guid PublishTopic(this MetadataCache cache, string name, params int[] leaders)
    {
        var id = new Guid(name.Length, (short)cache.Current.Offset, 7, [1, 2, 3, 4, 5, 6, 7, 8]);
        var records = new List<IMessage> { new TopicRecord { Name = name, TopicId = id } };
        for (var i = 0; i < leaders.Length; i++)
        {
            int[] replicas = leaders[i] < 0 ? [ThisNode] : [leaders[i]];
            records.Add(new PartitionRecord
            {
                TopicId = id,
                PartitionId = i,
                Replicas = replicas,
                Isr = replicas,
                Leader = leaders[i],
                LeaderEpoch = 5,
            });
        }
        cache.Append([.. records]);
        return id;
    }

    /// <summary>One partition, led by this broker and followed by the other.</summary>
    public static Guid PublishReplicatedTopic(this MetadataCache cache, string name, params int[] inSync)
    {
        var id = new Guid(name.Length, (short)cache.Current.Offset, 8, [1, 2, 3, 4, 5, 6, 7, 8]);
        cache.Append(
            new TopicRecord { Name = name, TopicId = id },
            new PartitionRecord { TopicId = id, Replicas = [ThisNode, OtherNode], Isr = [ThisNode, .. inSync], Leader = ThisNode, LeaderEpoch = 5 });
        return id;
    }

    public static void PublishBrokerConfig(this MetadataCache cache, string name, string value) =>
        cache.Append(new ConfigRecord { ResourceType = 4, ResourceName = "", Name = name, Value = value });

    /// <summary>Partitions that this broker leads and the other one follows in sync.</summary>
    public static void PublishReplicated(this MetadataCache cache, string name, int partitions)
    {
        var id = new Guid(name.Length, (short)cache.Current.Offset, 9, [1, 2, 3, 4, 5, 6, 7, 8]);
        int[] replicas = [ThisNode, OtherNode];
        cache.Append(
        [
            new TopicRecord { Name = name, TopicId = id },
            .. Enumerable.Range(0, partitions).Select(p => new PartitionRecord
            {
                TopicId = id, PartitionId = p, Replicas = replicas, Isr = replicas, Leader = ThisNode, LeaderEpoch = 5,
            }),
        ]);
    }

    public static void PublishReplicas(this MetadataCache cache, string name, int partition, params int[] replicas) =>
        cache.Append(new PartitionChangeRecord { TopicId = cache.Current.Topics[name].Id, PartitionId = partition, Replicas = replicas, Isr = replicas });

    /// <summary>The broker has lost its replica of the partition to a disk.</summary>
    public static void PublishOffline(this MetadataCache cache, int broker, string topic, int partition) => cache.Append(new BrokerRegistrationChangeRecord
    {
        BrokerId = broker,
        BrokerEpoch = cache.Current.Brokers[broker].Epoch,
        OfflineReplicas = [new() { TopicId = cache.Current.Topics[topic].Id, Partitions = [partition] }],
    });

    public static void PublishFenced(this MetadataCache cache, int broker) => cache.Append(new BrokerRegistrationChangeRecord
    {
        BrokerId = broker,
        BrokerEpoch = cache.Current.Brokers[broker].Epoch,
        Fenced = true,
    });

    public static void PublishTopicConfig(this MetadataCache cache, string topic, string name, string value) =>
        cache.Append(new ConfigRecord { ResourceType = 2, ResourceName = topic, Name = name, Value = value });

    public static byte[] Batch(int records = 1, int valueBytes = 10, RecordBatchOptions? options = null)
    {
        using var builder = new RecordBatchBuilder(options);
        for (var i = 0; i < records; i++)
            builder.Append(timestampMs: DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds() + i, new byte[] { 1 }, new byte[valueBytes]);
        return builder.ToArray();
    }

    private static void Append(this MetadataCache cache, params IMessage[] records) =>
        cache.Publish(MetadataImageBuilder.Apply(cache.Current, records, cache.Current.Offset + records.Length, epoch: 1));

    private static RegisterBrokerRecord Broker(int id, long epoch, ushort port) => new()
    {
        BrokerId = id,
        BrokerEpoch = epoch,
        Endpoints = [new() { Listener = Listener, Host = $"host{id}", Port = port }],
    };
}
