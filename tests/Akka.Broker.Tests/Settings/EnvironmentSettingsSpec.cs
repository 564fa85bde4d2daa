using Akka.Broker.Settings;

namespace Akka.Broker.Tests.Settings;

public sealed class EnvironmentSettingsSpec
{
    [Theory]
    [InlineData("AKKA_BROKER_NODE_ID", "3", "akka.broker.node-id=3")]
    [InlineData("AKKA_BROKER_KAFKA__LISTENERS__PUBLIC__ADVERTISED_PORT", "19092", "akka.broker.kafka.listeners.public.advertised-port=19092")]
    [InlineData("AKKA_BROKER_MIN__INSYNC__REPLICAS", "2", "akka.broker.min.insync.replicas=2")]
    [InlineData("AKKA__REMOTE__DOT_NETTY__TCP__HOSTNAME", "broker-1", "akka.remote.dot-netty.tcp.hostname=broker-1")]
    [InlineData("AKKA__CLUSTER__SEED_NODES", "[\"akka.tcp://broker@broker-1:4053\"]", "akka.cluster.seed-nodes=[\"akka.tcp://broker@broker-1:4053\"]")]
    [InlineData("PETABRIDGE__CMD__PORT", "9111", "petabridge.cmd.port=9111")]
    public void Variable_names_a_path(string name, string value, string setting) =>
        Assert.Equal([setting], EnvironmentSettings.Overrides([new(name, value)]));

    [Theory]
    [InlineData("PATH", "/bin")]
    [InlineData("AKKA_BROKER_", "1")]
    [InlineData("AKKA_BROKER_RACK", "")]
    public void Other_variables_and_empty_ones_set_nothing(string name, string value) => Assert.Empty(EnvironmentSettings.Overrides([new(name, value)]));

    [Fact]
    public void Broker_is_configured_by_what_a_container_is_given()
    {
        var settings = BrokerConfiguration.Load(null, EnvironmentSettings.Overrides(
        [
            new("AKKA_BROKER_NODE_ID", "3"),
            new("AKKA_BROKER_DATA_DIRS__0", "/var/lib/akka-broker"),
            new("AKKA_BROKER_KAFKA__INTER_BROKER_LISTENER", "internal"),
            new("AKKA_BROKER_KAFKA__LISTENERS__INTERNAL__HOST", "broker-3"),
            new("AKKA_BROKER_KAFKA__LISTENERS__INTERNAL__PORT", "9094"),
            new("AKKA_BROKER_KAFKA__LISTENERS__PUBLIC__HOST", "0.0.0.0"),
            new("AKKA_BROKER_KAFKA__LISTENERS__PUBLIC__PORT", "9092"),
        ]));
        Assert.Equal(3, settings.NodeId);
        Assert.Equal(["/var/lib/akka-broker"], settings.DataDirs);
        Assert.Equal(["internal", "public"], settings.Kafka.Listeners.Select(l => l.Name));
    }

    [Fact]
    public void Wrong_variable_is_refused_as_a_wrong_key_is()
    {
        var refused = Assert.Throws<InvalidSettingsException>(
            () => BrokerConfiguration.Load(null, EnvironmentSettings.Overrides([new("AKKA_BROKER_NODEID", "3")])));
        Assert.Contains("akka.broker.nodeid", Assert.Single(refused.Mistakes));
    }
}
