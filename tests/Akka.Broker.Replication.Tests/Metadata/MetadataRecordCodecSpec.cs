using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata;

public sealed class MetadataRecordCodecSpec
{
    private const string Id = "11111111222233334444555555555555";

    private static readonly Guid TopicId = Guid.ParseExact(Id, "N");

    /// <summary>Every record type and the bytes that it has on disk, for ever.</summary>
    public static readonly TheoryData<string, string> Golden = new()
    {
        {
            nameof(RegisterBrokerRecord),
            "010000" + "00000001" + "0000000000000007" + Id + Id + "0372" + "31" + "00" + "02" + "0a504c41494e54455854" + "0a6c6f63616c686f7374" + "2384" + "0000" + "00" + "00"
        },
        { nameof(UnregisterBrokerRecord), "010100" + "00000001" + "0000000000000007" + "00" },
        { nameof(TopicRecord), "010200" + "076f7264657273" + Id + "00" },
        {
            nameof(PartitionRecord),
            "010300" + Id + "00000002" + "03" + "00000001" + "00000003" + "02" + "00000001" + "00000001" + "00000005" + "00000006" + "01" + "00" + "05" + "02" + "00000003"
        },
        { nameof(ConfigRecord), "010400" + "02" + "076f7264657273" + "0d726574656e74696f6e2e6d73" + "0531303030" + "00" },
        { nameof(PartitionChangeRecord), "010500" + Id + "00000002" + "02" + "00" + "05" + "02" + "00000003" + "01" + "04" + "00000003" },
        { nameof(RemoveTopicRecord), "010900" + Id + "00" },
        { nameof(FeatureLevelRecord), "010c00" + "116d657461646174612e76657273696f6e" + "0001" + "00" },
        { nameof(ProducerIdsRecord), "010f00" + "00000001" + "0000000000000007" + "00000000000003e8" + "00" },
        { nameof(BrokerRegistrationChangeRecord), "011100" + "00000001" + "0000000000000007" + "01" + "00" },
        { nameof(ClusterFormedRecord), "01c80100" + "17" + "41414141414141414141414141414141414141414151" + "00" },
    };

    /// <summary>The same records, and with what they can hold besides, from level 2 of metadata.version on.</summary>
    public static readonly TheoryData<string, string> GoldenOfLevel2 = new()
    {
        {
            nameof(RegisterBrokerRecord),
            "010001" + "00000001" + "0000000000000007" + Id + Id + "0372" + "31" + "00" + "02" + "0a504c41494e54455854" + "0a6c6f63616c686f7374" + "2384" + "0000" + "00"
            + "06612e626364" + "00000002" + "01" + "01" + "02" + "0002"
        },
        {
            nameof(PartitionRecord),
            "010301" + Id + "00000002" + "03" + "00000001" + "00000003" + "02" + "00000001" + "00000001" + "00000005" + "00000006"
            + "03" + "00" + "05" + "02" + "00000003" + "02" + "05" + "02" + "00000003" + "03" + "05" + "02" + "00000001"
        },
        {
            nameof(PartitionChangeRecord),
            "010501" + Id + "00000002" + "04" + "00" + "05" + "02" + "00000003" + "01" + "04" + "00000003" + "05" + "05" + "02" + "00000003" + "06" + "05" + "02" + "00000001"
        },
        { nameof(BrokerRegistrationChangeRecord), "011101" + "00000001" + "0000000000000007" + "00" + "01" + "00" },
    };

    private static readonly IMessage[] RecordsOfLevel3 =
    [
        new ClientQuotaRecord { Entity = [new() { EntityType = "client-id", EntityName = "a" }], Key = "producer_byte_rate", Value = 1024 },
        new ClientQuotaRecord { Entity = [new() { EntityType = "client-id" }], Key = "request_percentage", Remove = true },
    ];

    private static readonly IMessage[] RecordsOfLevel2 =
    [
        new RegisterBrokerRecord
        {
            BrokerId = 1,
            BrokerEpoch = 7,
            IncarnationId = TopicId,
            DirectoryId = TopicId,
            Rack = "r1",
            Endpoints = [new() { Listener = "PLAINTEXT", Host = "localhost", Port = 9092 }],
            AkkaAddress = "a.bcd",
            MetadataVersionMin = 1,
            MetadataVersionMax = 2,
            MinInsyncReplicas = 2,
        },
        new PartitionRecord
        {
            TopicId = TopicId, PartitionId = 2, Replicas = [1, 3], Isr = [1], Leader = 1, LeaderEpoch = 5, PartitionEpoch = 6, EligibleLeaderReplicas = [3],
            AddingReplicas = [3], RemovingReplicas = [1],
        },
        new PartitionChangeRecord { TopicId = TopicId, PartitionId = 2, Isr = [3], Leader = 3, AddingReplicas = [3], RemovingReplicas = [1] },
        new BrokerRegistrationChangeRecord { BrokerId = 1, BrokerEpoch = 7, InControlledShutdown = true },
    ];

    private static readonly IMessage[] Records =
    [
        new RegisterBrokerRecord
        {
            BrokerId = 1,
            BrokerEpoch = 7,
            IncarnationId = TopicId,
            DirectoryId = TopicId,
            Rack = "r1",
            Endpoints = [new() { Listener = "PLAINTEXT", Host = "localhost", Port = 9092 }],
        },
        new UnregisterBrokerRecord { BrokerId = 1, BrokerEpoch = 7 },
        new TopicRecord { Name = "orders", TopicId = TopicId },
        new PartitionRecord
        {
            TopicId = TopicId, PartitionId = 2, Replicas = [1, 3], Isr = [1], Leader = 1, LeaderEpoch = 5, PartitionEpoch = 6, EligibleLeaderReplicas = [3],
        },
        new ConfigRecord { ResourceType = 2, ResourceName = "orders", Name = "retention.ms", Value = "1000" },
        new PartitionChangeRecord { TopicId = TopicId, PartitionId = 2, Isr = [3], Leader = 3 },
        new RemoveTopicRecord { TopicId = TopicId },
        new FeatureLevelRecord { Name = "metadata.version", FeatureLevel = 1 },
        new ProducerIdsRecord { BrokerId = 1, BrokerEpoch = 7, NextProducerId = 1000 },
        new BrokerRegistrationChangeRecord { BrokerId = 1, BrokerEpoch = 7, Fenced = true },
        new ClusterFormedRecord { ClusterId = "AAAAAAAAAAAAAAAAAAAAAQ" },
    ];

    [Fact]
    public void Offline_replicas_stand_behind_the_change_of_a_registration_where_there_are_any()
    {
        var record = new BrokerRegistrationChangeRecord
        {
            BrokerId = 1,
            BrokerEpoch = 7,
            OfflineReplicas = [new() { TopicId = TopicId, Partitions = [3] }],
        };
        CheckGolden(record, "011101" + "00000001" + "0000000000000007" + "00" + "00" + "01" + "00" + "17" + "02" + Id + "02" + "00000003" + "00", MetadataVersion.Cluster);
    }

    [Fact]
    public void Unclean_epoch_stands_behind_the_change_of_a_partition_where_one_begins()
    {
        var record = new PartitionChangeRecord { TopicId = TopicId, PartitionId = 2, Isr = [3], Leader = 3, UncleanEpoch = 6 };
        CheckGolden(record, "010501" + Id + "00000002" + "03" + "00" + "05" + "02" + "00000003" + "01" + "04" + "00000003" + "09" + "04" + "00000006", MetadataVersion.Cluster);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void Record_has_its_golden_bytes_both_ways(string type, string hex)
    {
        CheckGolden(Records.Single(r => r.GetType().Name == type), hex, MetadataVersion.Initial);
    }

    [Theory]
    [MemberData(nameof(GoldenOfLevel2))]
    public void Record_of_level_2_has_its_golden_bytes_both_ways(string type, string hex)
    {
        CheckGolden(RecordsOfLevel2.Single(r => r.GetType().Name == type), hex, MetadataVersion.Cluster);
    }

    [Theory]
    [InlineData(0, "010e00" + "02" + "0a636c69656e742d6964" + "0261" + "00" + "1370726f64756365725f627974655f72617465" + "4090000000000000" + "00" + "00")]
    [InlineData(1, "010e00" + "02" + "0a636c69656e742d6964" + "00" + "00" + "13726571756573745f70657263656e74616765" + "0000000000000000" + "01" + "00")]
    public void Record_of_level_3_has_its_golden_bytes_both_ways(int record, string hex) => CheckGolden(RecordsOfLevel3[record], hex, MetadataVersion.Quotas);

    [Fact]
    public void Move_cannot_be_written_below_its_level() =>
        Assert.Throws<NotSupportedException>(() => MetadataRecordCodec.Encode(RecordsOfLevel2[2], MetadataVersion.Initial));

    private static void CheckGolden(IMessage record, string hex, short level)
    {
        Assert.Equal(hex, Convert.ToHexStringLower(MetadataRecordCodec.Encode(record, level)));

        var read = MetadataRecordCodec.Decode(Convert.FromHexString(hex));
        Assert.Equal(record.GetType(), read.GetType());
        Assert.Equal(hex, Convert.ToHexStringLower(MetadataRecordCodec.Encode(read, level)));
    }

    [Fact]
    public void Decision_is_one_batch()
    {
        var bytes = MetadataRecordCodec.EncodeBatch(Records, MetadataVersion.Latest, baseOffset: 40, epoch: 3, timestampMs: 1000);

        Assert.True(RecordBatch.TryRead(bytes, out var batch));
        Assert.True(batch.HasValidCrc);
        Assert.Equal((40, 40 + Records.Length - 1, 3), (batch.BaseOffset, batch.LastOffset, batch.PartitionLeaderEpoch));
        Assert.Equal(Records.Select(r => r.GetType()), MetadataRecordCodec.DecodeBatch(batch).Select(r => r.GetType()));
    }

    [Theory]
    [InlineData("020200", "frame version 2")]
    [InlineData("017f00", "type 127")]
    [InlineData("010205", "TopicRecord version 5")]
    public void What_a_newer_build_wrote_is_refused_by_name(string hex, string named)
    {
        var refused = Assert.Throws<UnsupportedMetadataException>(() => MetadataRecordCodec.Decode(Convert.FromHexString(hex)));

        Assert.Contains(named, refused.Message);
    }

    [Fact]
    public void Bytes_left_over_are_refused() =>
        Assert.Throws<MalformedMessageException>(() => MetadataRecordCodec.Decode(Convert.FromHexString("010900" + Id + "00ff")));
}
