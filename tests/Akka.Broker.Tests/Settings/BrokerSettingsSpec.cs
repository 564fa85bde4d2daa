using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Settings;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Tests.Settings;

public sealed class BrokerSettingsSpec
{
    private static IReadOnlyList<string> Mistakes(string hocon) =>
        Assert.Throws<InvalidSettingsException>(() => BrokerSettings.Parse(hocon)).Mistakes;

    [Fact]
    public void Defaults_are_what_the_reference_documents()
    {
        var settings = BrokerSettings.Parse();

        Assert.Equal(1, settings.NodeId);
        Assert.Null(settings.Rack);
        Assert.Equal(["data"], settings.DataDirs);
        Assert.Equal(new ListenerSettings("PLAINTEXT", "127.0.0.1", 9092, "127.0.0.1", 0), Assert.Single(settings.Kafka.Listeners));
        Assert.Equal("PLAINTEXT", settings.Kafka.InterBrokerListener);
        Assert.Equal(new HttpSettings("127.0.0.1", 9180), settings.Http);
        Assert.Equal(new MetricsSettings(true, true, 10000, 10000), settings.Metrics);
        Assert.Equal(new OtlpSettings(null, OtlpProtocol.Grpc, 15000, true), settings.Otlp);
        Assert.False(settings.LogsJson);
        Assert.Equal(new LimitSettings(int.MaxValue, int.MaxValue, long.MaxValue, long.MaxValue, 1), settings.Limits);
        Assert.Empty(settings.Controller.Voters);
        Assert.Equal(new NetworkSettings(104857600, 600000, int.MaxValue, int.MaxValue, 57671680, 1000), settings.Network);
        Assert.Equal(
            (2000, true, 300, 10),
            (settings.Controller.BrokerSessionTimeoutMs, settings.Controller.AutoLeaderRebalanceEnable,
                settings.Controller.LeaderImbalanceCheckIntervalSeconds, settings.Controller.LeaderImbalancePerBrokerPercentage));
        Assert.Equal((true, 1, (short)1), (settings.Topics.AutoCreateTopicsEnable, settings.Topics.NumPartitions, settings.Topics.DefaultReplicationFactor));
        Assert.Equal(new LogManagerSettings(300000, 60000, 2, 604800000, new LogCleanerOptions(), new LogScrubberOptions { IsEnabled = true }, 104857600), settings.Logs);
        Assert.Equal(new ReplicaSettings(30000, 4194304, 10485760, 500, 1, 100, 30000, 5000, ""), settings.Replicas);
        Assert.Equal(new ProducerSettings(86400000), settings.Producers);
        Assert.Equal(new GroupSettings(6000, 1800000, 3000, int.MaxValue), settings.Groups);
        Assert.Equal(new OffsetsSettings(50, 3, 104857600, 10080, 600000, 5000, 4096), settings.Offsets);
        Assert.Empty(settings.Warnings);
        Assert.All(settings.StaticConfigs.Where(c => c.Name != "listeners"), c => Assert.False(c.IsGiven, c.Name));
    }

    [Fact]
    public void Topic_defaults_of_the_reference_are_those_of_the_table()
    {
        var defaults = BrokerSettings.Parse().Topics.Defaults;

        Assert.Equal(TopicConfig.All.ToDictionary(d => d.Name, d => d.Default), defaults);
        Assert.All(TopicConfig.All, d => Assert.Null(d.Refuse(d.Default)));
        Assert.Equal(TopicConfig.All.Select(d => d.Name).Order(StringComparer.Ordinal), TopicConfig.All.Select(d => d.Name));
    }

    [Fact]
    public void Every_key_of_the_reference_is_commented()
    {
        var lines = BrokerConfiguration.ReferenceText().Split('\n', StringSplitOptions.TrimEntries);
        var end = Array.FindIndex(lines, l => l.StartsWith("akka {", StringComparison.Ordinal));
        for (var i = 0; i < end; i++)
        {
            if (!lines[i].StartsWith('#') && lines[i].Contains(" = ", StringComparison.Ordinal))
                Assert.True(lines[i - 1].StartsWith('#') && CommentAbove(lines, i).Contains("Default", StringComparison.Ordinal), lines[i]);
        }
    }

    private static string CommentAbove(string[] lines, int line)
    {
        var first = line;
        while (lines[first - 1].StartsWith('#'))
            first--;
        return string.Join(' ', lines[first..line]);
    }

    [Theory]
    [InlineData("akka.broker { log { retention.ms = 5000 } }")]
    [InlineData("akka.broker.log { \"retention.ms\" = 5000 }")]
    [InlineData("akka.broker.log.retention.ms = 5s")]
    public void Topic_defaults_can_be_written_dotted_nested_or_quoted(string hocon)
    {
        Assert.Equal("5000", BrokerSettings.Parse(hocon).Topics.Defaults[TopicConfig.RetentionMs]);
    }

    [Fact]
    public void Kafkas_broker_wide_names_of_topic_defaults_are_understood()
    {
        var settings = BrokerSettings.Parse("akka.broker { message.max.bytes = 2MiB, log.flush.interval.messages = 1, log.cleanup.policy = [compact, delete] }");

        Assert.Equal("2097152", settings.Topics.Defaults[TopicConfig.MaxMessageBytes]);
        Assert.Equal("1", settings.Topics.Defaults[TopicConfig.FlushMessages]);
        Assert.Equal("compact,delete", settings.Topics.Defaults[TopicConfig.CleanupPolicy]);
        Assert.Contains(new StaticConfig("message.max.bytes", ConfigType.Int, "2097152", IsGiven: true), settings.StaticConfigs);
    }

    [Fact]
    public void Both_names_of_one_setting_are_refused()
    {
        var mistake = Assert.Single(Mistakes("akka.broker { message.max.bytes = 1, log.max.message.bytes = 2 }"));

        Assert.Contains("akka.broker.log.max.message.bytes and akka.broker.message.max.bytes are both set", mistake);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var mistakes = Mistakes("""
            akka.broker {
              node-id = many
              kafka.port = 70000
              log.segment.bytes = 3
              num.partitoins = 3
              no-such-key = 1
              auto.create.topics.enable = perhaps
              log.cleanup.policy = shred
            }
            """);

        Assert.Equal(
            [
                "akka.broker.node-id is 'many'; allowed: an integer, at least 0.",
                "akka.broker.kafka.port is '70000'; allowed: an integer, from 0 to 65535.",
                "akka.broker.log.cleanup.policy is 'shred'; allowed: a comma-separated list of compact, delete.",
                "akka.broker.log.segment.bytes is '3'; allowed: an integer, at least 14.",
                "akka.broker.auto.create.topics.enable is 'perhaps'; allowed: true or false.",
                "akka.broker.no-such-key is not a setting of this broker; hocon/broker.conf lists the allowed ones.",
                "akka.broker.num.partitoins is not a setting of this broker; did you mean akka.broker.num.partitions?",
            ],
            mistakes);
    }

    [Theory]
    [InlineData("akka.broker.node-id = [1]", "akka.broker.node-id is a list")]
    [InlineData("akka.broker.node-id { a = 1 }", "akka.broker.node-id.a is not a setting")]
    [InlineData("akka.broker = 5", "akka.broker is not a setting")]
    [InlineData("akka.broker.data-dirs = []", "akka.broker.data-dirs is empty")]
    [InlineData("akka.broker.data-dirs = [a, ./a]", "akka.broker.data-dirs is 'a'; allowed: each folder once")]
    [InlineData("akka.broker.group.min.session.timeout.ms = 9h", "akka.broker.group.min.session.timeout.ms is '32400000'; allowed: at most group.max")]
    [InlineData("akka.broker.log.retention.hours = 9", "akka.broker.log.retention.hours is not a setting of this broker; allowed here: akka.broker.log.retention.bytes")]
    [InlineData("akka.broker.kafka.host = \"\"", "akka.broker.kafka.host is ''")]
    [InlineData("akka.broker.kafka.advertised-host = 0.0.0.0", "akka.broker.kafka.advertised-host is '0.0.0.0'")]
    [InlineData("akka.broker.kafka.inter-broker-listener = x", "akka.broker.kafka.inter-broker-listener is 'x'; allowed: PLAINTEXT")]
    [InlineData("akka.broker.controller.voters = [\"localhost\"]", "akka.broker.controller.voters is 'localhost'")]
    [InlineData("broker.kafka.port = 5", "broker.kafka.port is not a setting")]
    [InlineData("akka.kafka.port = 5", "akka.kafka.port is not a setting")]
    [InlineData("akka.cluster.gossip-interval = banana", "akka.cluster.gossip-interval is 'banana'; allowed: a number, a duration")]
    [InlineData("akka.cluster.gossip-intervall = 1s", "akka.cluster.gossip-intervall is not a setting of this broker; did you mean akka.cluster.gossip-interval?")]
    [InlineData("akka.cluster.seed-nodes = x", "akka.cluster.seed-nodes is 'x'; allowed: a list")]
    [InlineData("akka.remote.dot-netty.tcp.port = [1]", "akka.remote.dot-netty.tcp.port is a list; allowed: a single value")]
    [InlineData("akka.actor.provider = local", "akka.actor.provider is 'local'; allowed: cluster")]
    [InlineData("petabridge.cmd.port = none", "petabridge.cmd.port is 'none'; allowed: a number")]
    [InlineData("petabridge.cmd.port = 65536", "petabridge.cmd.port is '65536'; allowed: an integer from 0 to 65535.")]
    [InlineData("petabridge.cmd.host = \"\"", "petabridge.cmd.host is ''; allowed: a host name or an address.")]
    public void Mistake_names_the_path(string hocon, string told)
    {
        Assert.StartsWith(told, Assert.Single(Mistakes(hocon)));
    }

    [Theory]
    [InlineData("akka.cluster.sharding.passivate-idle-entity-after = 2m")]
    [InlineData("akka.actor.deployment { \"/a\" { router = round-robin-pool } }")]
    [InlineData("akka.remote.log-remote-lifecycle-events = on")]
    [InlineData("akka.loglevel = DEBUG")]
    public void Akkas_own_keys_go_through(string hocon) => Assert.NotNull(BrokerSettings.Parse(hocon));

    [Fact]
    public void Listeners_are_named_and_the_first_is_for_brokers()
    {
        var kafka = BrokerSettings.Parse("""
            akka.broker.kafka.listeners {
              outside { host = 0.0.0.0, port = 19092, advertised-host = broker.example, advertised-port = 29092 }
              "in.side" { host = 127.0.0.1, port = 0 }
            }
            """).Kafka;

        Assert.Equal(
            [new ListenerSettings("in.side", "127.0.0.1", 0, "127.0.0.1", 0), new ListenerSettings("outside", "0.0.0.0", 19092, "broker.example", 29092)],
            kafka.Listeners);
        Assert.Equal("in.side", kafka.InterBrokerListener);
    }

    [Fact]
    public void Listeners_and_their_short_form_exclude_each_other()
    {
        var mistake = Assert.Single(Mistakes("akka.broker.kafka { port = 1, listeners.a { host = localhost, port = 2 } }"));

        Assert.Contains("akka.broker.kafka.port is set beside akka.broker.kafka.listeners", mistake);
    }

    [Fact]
    public void Listener_open_to_the_network_is_warned_of()
    {
        var warning = Assert.Single(BrokerSettings.Parse("akka.broker.kafka.host = 0.0.0.0").Warnings);

        Assert.Contains("without authentication", warning);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1s", 1000)]
    [InlineData("1.5 minutes", 90000)]
    [InlineData("7d", 604800000)]
    [InlineData("-1", -1)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Durations_are_milliseconds_or_have_a_unit(string text, long ms)
    {
        Assert.True(Quantity.TryMilliseconds(text, out var parsed));
        Assert.Equal(ms, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 parsecs")]
    [InlineData("99999999999999999999")]
    [InlineData("0.1")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Quantity.TryMilliseconds(text, out _));

    [Theory]
    [InlineData("4MiB", 4L << 20)]
    [InlineData("1 kB", 1000)]
    [InlineData("512", 512)]
    public void Sizes_are_bytes_or_have_a_unit(string text, long bytes)
    {
        Assert.True(Quantity.TryBytes(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }
}
