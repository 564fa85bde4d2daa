using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Settings;

public sealed class ConsumerSettingsSpec
{
    [Fact]
    public void Defaults_are_these()
    {
        var settings = ConsumerSettings.Of(Config.Empty);
        Assert.Null(settings.GroupId);
        Assert.Null(settings.GroupInstanceId);
        Assert.Equal(["cooperative-sticky"], settings.Assignors);
        Assert.Equal(TimeSpan.FromSeconds(45), settings.SessionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3), settings.HeartbeatInterval);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.RebalanceTimeout);
        Assert.Equal(AutoOffsetReset.Latest, settings.AutoOffsetReset);
        Assert.True(settings.AutoCommit);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.AutoCommitInterval);
        Assert.Equal(IsolationLevel.ReadUncommitted, settings.IsolationLevel);
        Assert.Equal(1, settings.FetchMinBytes);
        Assert.Equal(TimeSpan.FromMilliseconds(500), settings.FetchMaxWait);
        Assert.Equal(1 << 20, settings.FetchPartitionMaxBytes);
        Assert.Equal(64L << 20, settings.PrefetchMaxBytes);
        Assert.True(settings.CheckCrcs);
    }

    [Theory]
    [InlineData("assignors = [fair]", "consumer.assignors has 'fair'; allowed: cooperative-sticky, range, roundrobin")]
    [InlineData("heartbeat-interval = 50s", "heartbeat-interval is 00:00:50; it must be below session-timeout")]
    [InlineData("drain-timeout = 2m", "drain-timeout is 00:02:00; it must be below rebalance-timeout")]
    [InlineData("auto-offset-reset = newest", "auto-offset-reset is 'newest'; allowed: latest, earliest, none")]
    public void Wrong_value_is_refused_with_its_path_and_what_is_allowed(string hocon, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidClientSettingsException>(() => Of(hocon)).Message);

    private static ConsumerSettings Of(string hocon) => ConsumerSettings.Of(ConfigurationFactory.ParseString($"akka.broker.client.consumer {{ {hocon} }}"));
}
