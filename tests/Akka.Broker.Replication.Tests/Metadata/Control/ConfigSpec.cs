using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Describing and altering settings.</summary>
public sealed class ConfigSpec
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;

    private readonly ControllerTestContext _context = new(staticConfigs:
    [
        new StaticConfig("log.retention.ms", ConfigType.Long, "500", IsGiven: true),
        new StaticConfig("log.cleanup.policy", ConfigType.List, "delete", IsGiven: false),
        new StaticConfig("num.partitions", ConfigType.Int, "1", IsGiven: false),
    ]);

    public ConfigSpec() => _context.Create("orders", 1, 1, [("segment.bytes", "1000")]);

    [Fact]
    public void Single_settings_are_set_and_deleted()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("retention.ms", 0, "7"), ("segment.bytes", 1, null)));

        var set = Assert.Single(_context.Image.Topics["orders"].Configs);
        Assert.Equal(("retention.ms", "7"), (set.Key, set.Value));
    }

    [Fact]
    public void List_elements_are_appended_and_subtracted()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("cleanup.policy", 2, "compact")));
        Assert.Equal("delete,compact", _context.Image.Topics["orders"].Configs["cleanup.policy"]);

        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("cleanup.policy", 3, "delete")));
        Assert.Equal("compact", _context.Image.Topics["orders"].Configs["cleanup.policy"]);

        Assert.Equal(ErrorCode.InvalidConfig, Alter(Topic, "orders", ("cleanup.policy", 3, "compact")));
    }

    [Fact]
    public void Setting_the_same_again_writes_nothing()
    {
        var before = _context.Image.Offset;

        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("segment.bytes", 0, "1000"), ("retention.ms", 1, null)));

        Assert.Equal(before, _context.Image.Offset);
    }

    [Theory]
    [InlineData(Topic, "nothing", "retention.ms", 0, "1", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Topic, "orders", "no.such", 0, "1", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "no.such", 1, null, ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "retention.ms", 0, "x", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "retention.ms", 0, null, ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "retention.ms", 2, "1", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "cleanup.policy", 2, null, ErrorCode.InvalidConfig)]
    [InlineData(Topic, "orders", "retention.ms", 9, "1", ErrorCode.InvalidRequest)]
    [InlineData(Topic, "orders", "leader.replication.throttled.replicas", 0, "0:1,x", ErrorCode.InvalidConfig)]
    [InlineData(Broker, "1", "leader.replication.throttled.rate", 0, "0", ErrorCode.InvalidConfig)]
    [InlineData(Broker, "1", "leader.replication.throttled.replicas", 0, "*", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "7", "log.retention.ms", 0, "1", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "x", "log.retention.ms", 0, "1", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "1", "listeners", 0, "1", ErrorCode.InvalidRequest)]
    [InlineData(8, "1", "a", 0, "1", ErrorCode.InvalidRequest)]
    public void What_cannot_be_altered_is_refused(sbyte type, string resource, string name, sbyte operation, string? value, ErrorCode error)
    {
        var before = _context.Image.Offset;

        Assert.Equal(error, Alter(type, resource, (name, operation, value)));
        Assert.Equal(before, _context.Image.Offset);
    }

    [Fact]
    public void Replication_is_throttled_by_the_broker_s_rate_for_the_topic_s_replicas()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("leader.replication.throttled.replicas", 0, "0:1,0:2"), ("follower.replication.throttled.replicas", 0, "*")));
        Assert.Equal(ErrorCode.None, Alter(Topic, "orders", ("follower.replication.throttled.replicas", 0, "")));
        Assert.Equal(ErrorCode.None, Alter(Broker, "", ("leader.replication.throttled.rate", 0, "600")));
        Assert.Equal(ErrorCode.None, Alter(Broker, "1", ("leader.replication.throttled.rate", 0, "700")));

        BrokerConfig.TryGet("leader.replication.throttled.rate", out var rate);
        Assert.Equal("700", _context.Configs.BrokerValueOf(_context.Image, rate!));
        Alter(Broker, "1", ("leader.replication.throttled.rate", 1, null));
        Assert.Equal("600", _context.Configs.BrokerValueOf(_context.Image, rate!));
    }

    [Fact]
    public void Resource_changes_whole_or_not_at_all()
    {
        Assert.Equal(ErrorCode.InvalidConfig, Alter(Topic, "orders", ("flush.messages", 0, "1"), ("retention.ms", 0, "x")));

        Assert.DoesNotContain("flush.messages", _context.Image.Topics["orders"].Configs.Keys);
    }

    [Fact]
    public void Replacing_removes_what_is_not_named()
    {
        var response = _context.Run(_context.State.AlterConfigs(_context.Image, new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = Topic, ResourceName = "orders", Configs = [new() { Name = "flush.ms", Value = "9" }] }],
        }));

        Assert.Equal(ErrorCode.None, Assert.Single(response.Responses).ErrorCode);
        Assert.Equal("flush.ms", Assert.Single(_context.Image.Topics["orders"].Configs).Key);
    }

    [Fact]
    public void Validate_only_changes_nothing()
    {
        var request = Request(Topic, "orders", ("retention.ms", 0, "7"));
        request.ValidateOnly = true;

        Assert.Empty(_context.State.IncrementalAlterConfigs(_context.Image, request).Records);
    }

    [Fact]
    public void Topic_setting_is_taken_from_the_strongest_layer()
    {
        Assert.Equal(("500", ConfigSource.StaticBroker), Describe(Topic, "orders", "retention.ms"));

        Alter(Broker, "", ("log.retention.ms", 0, "600"));
        Assert.Equal(("600", ConfigSource.DynamicDefaultBroker), Describe(Topic, "orders", "retention.ms"));

        Alter(Broker, "1", ("log.retention.ms", 0, "700"));
        Assert.Equal(("700", ConfigSource.DynamicBroker), Describe(Topic, "orders", "retention.ms"));

        Alter(Topic, "orders", ("retention.ms", 0, "800"));
        Assert.Equal(("800", ConfigSource.Topic), Describe(Topic, "orders", "retention.ms"));
        Assert.Equal("800", _context.Configs.ValueOf(_context.Image, _context.Image.Topics["orders"], Definition("retention.ms")));

        var synonyms = DescribeAll(Topic, "orders").Configs.Single(c => c.Name == "retention.ms").Synonyms;
        Assert.Equal(
            [("retention.ms", "800"), ("log.retention.ms", "700"), ("log.retention.ms", "600"), ("log.retention.ms", "500"), ("log.retention.ms", "604800000")],
            synonyms.Select(s => (s.Name, s.Value!)));
    }

    [Fact]
    public void All_settings_of_a_topic_are_described_with_type_and_text()
    {
        var described = DescribeAll(Topic, "orders").Configs;

        Assert.Equal(TopicConfig.All.Select(d => (d.Name, (sbyte)d.Type)), described.Select(c => (c.Name, c.ConfigType)));
        Assert.All(described, c => Assert.NotEmpty(c.Documentation!));
        Assert.False(described.Single(c => c.Name == "segment.bytes").IsDefault);
        Assert.True(described.Single(c => c.Name == "flush.ms").IsDefault);
    }

    [Fact]
    public void Settings_of_a_broker_are_described_by_itself_alone()
    {
        Assert.Equal(["log.cleanup.policy", "log.retention.ms", "num.partitions"], DescribeAll(Broker, "1").Configs.Select(c => c.Name));
        Assert.Equal([false, false, true], DescribeAll(Broker, "1").Configs.Select(c => c.ReadOnly));
        Assert.Equal(ErrorCode.InvalidRequest, DescribeAll(Broker, "2").ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, DescribeAll(Topic, "x").ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequest, DescribeAll(8, "1").ErrorCode);
        Assert.Empty(DescribeAll(Broker, "").Configs);
    }

    private static ConfigDefinition Definition(string name) => TopicConfig.All.Single(d => d.Name == name);

    private static IncrementalAlterConfigsRequest Request(sbyte type, string resource, params (string Name, sbyte Operation, string? Value)[] configs) => new()
    {
        Resources =
        [
            new()
            {
                ResourceType = type,
                ResourceName = resource,
                Configs = [.. configs.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig { Name = c.Name, ConfigOperation = c.Operation, Value = c.Value })],
            },
        ],
    };

    private ErrorCode Alter(sbyte type, string resource, params (string Name, sbyte Operation, string? Value)[] configs) =>
        Assert.Single(_context.Run(_context.State.IncrementalAlterConfigs(_context.Image, Request(type, resource, configs))).Responses).ErrorCode;

    private (string?, ConfigSource) Describe(sbyte type, string resource, string name)
    {
        var config = Assert.Single(new ConfigDescriber(_context.Configs).Describe(_context.Image, new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = resource, ConfigurationKeys = [name] }],
        }).Results[0].Configs);
        return (config.Value, (ConfigSource)config.ConfigSource);
    }

    private DescribeConfigsResponse.DescribeConfigsResult DescribeAll(sbyte type, string resource) =>
        Assert.Single(new ConfigDescriber(_context.Configs).Describe(_context.Image, new DescribeConfigsRequest
        {
            IncludeSynonyms = true,
            IncludeDocumentation = true,
            Resources = [new() { ResourceType = type, ResourceName = resource, ConfigurationKeys = null }],
        }).Results);
}
