using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Metadata;

public sealed class MetadataSnapshotSpec
{
    private static readonly VoterSet Voters = new([new Voter(1, new Guid(1, 2, 3, new byte[8]), new VoterEndpoint("BROKER", "localhost", 9093))]);

    [Fact]
    public void Image_comes_back_from_its_snapshot()
    {
        var image = Image();

        var back = MetadataSnapshot.Read(Bytes(image), MetadataSnapshot.IdOf(image));

        Assert.Equal((image.Offset, image.Epoch, image.ClusterId, image.MetadataVersion), (back.Offset, back.Epoch, back.ClusterId, back.MetadataVersion));
        Assert.Equal(image.NextProducerId, back.NextProducerId);
        Assert.Equal(Records(image), Records(back));
        Assert.True(back.Brokers[2].InControlledShutdown);
        Assert.Equal(3, Assert.Single(back.Topics["moving"].Partitions[0].Adding));
        Assert.Equal("7", back.Topics["moving"].Configs["retention.ms"]);
        Assert.Equal("8", back.ClusterConfigs["retention.ms"]);
        Assert.Equal("9", back.BrokerConfigs[2]["retention.ms"]);
    }

    [Fact]
    public void Snapshot_names_its_voters()
    {
        Assert.True(ControlBatches.TryFindVoters(Bytes(Image()), out _, out var voters));
        Assert.Equal(Voters, voters);
    }

    [Fact]
    public void Cut_or_changed_snapshot_is_not_whole()
    {
        var bytes = Bytes(Image());
        Assert.True(SnapshotFile.IsWhole(bytes));
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(SnapshotFile.IsWhole(bytes.AsMemory(0, length)));
        for (var i = 0; i < bytes.Length; i += 7)
        {
            // Base offset and epoch of a batch lie outside its checksum.
            var changed = bytes.ToArray();
            changed[i] ^= 0x40;
            Exception? refused = null;
            if (SnapshotFile.IsWhole(changed))
                refused = Record.Exception(() => Assert.Equal(Records(Image()), Records(MetadataSnapshot.Read(changed, MetadataSnapshot.IdOf(Image())))));
            Assert.Null(refused);
        }
    }

    private static byte[] Bytes(MetadataImage image) => [.. MetadataSnapshot.Write(image, Voters, 5).SelectMany(b => b)];

    private static IEnumerable<string> Records(MetadataImage image) =>
        MetadataImageRecords.Of(image).Select(r => Convert.ToHexString(MetadataRecordCodec.Encode(r, MetadataVersion.Latest)));

    private static MetadataImage Image()
    {
        var topic = new Guid(9, 0, 0, new byte[8]);
        IMessage[] records =
        [
            new ClusterFormedRecord { ClusterId = "AAAAAAAAAAAAAAAAAAAAAA" },
            new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest },
            new RegisterBrokerRecord
            {
                BrokerId = 2,
                BrokerEpoch = 2,
                IncarnationId = new Guid(7, 0, 0, new byte[8]),
                Rack = "r",
                Endpoints = [new() { Listener = "PLAINTEXT", Host = "h", Port = 60000 }],
                AkkaAddress = "akka.tcp://broker@h:1",
                MetadataVersionMin = 1,
                MetadataVersionMax = 2,
                MinInsyncReplicas = 2,
            },
            new BrokerRegistrationChangeRecord { BrokerId = 2, BrokerEpoch = 2, InControlledShutdown = true },
            new ConfigRecord { ResourceType = 4, ResourceName = "", Name = "retention.ms", Value = "8" },
            new ConfigRecord { ResourceType = 4, ResourceName = "2", Name = "retention.ms", Value = "9" },
            new ClientQuotaRecord { Entity = [new() { EntityType = "client-id" }], Key = "request_percentage", Value = 12.5 },
            new ClientQuotaRecord { Entity = [new() { EntityType = "client-id", EntityName = "c" }], Key = "producer_byte_rate", Value = 1024 },
            new TopicRecord { Name = "moving", TopicId = topic },
            new PartitionRecord
            {
                TopicId = topic,
                Replicas = [1, 2, 3],
                Isr = [1],
                Leader = 1,
                LeaderEpoch = 4,
                PartitionEpoch = 8,
                EligibleLeaderReplicas = [2],
                AddingReplicas = [3],
                RemovingReplicas = [2],
                UncleanEpoch = 3,
            },
            new ConfigRecord { ResourceType = 2, ResourceName = "moving", Name = "retention.ms", Value = "7" },
            new ProducerIdsRecord { BrokerId = 2, BrokerEpoch = 2, NextProducerId = 3000 },
        ];
        return MetadataImageBuilder.Apply(MetadataImage.Empty, records, 41, 6);
    }
}
