using Akka.Configuration;

namespace Akka.TestKit.Configs;

/// <summary>Configurations for tests.</summary>
public static class TestConfigs
{
    public static Config DefaultConfig { get; } = ConfigurationFactory.FromResource("testkit.conf", typeof(TestConfigs).Assembly);

    /// <summary>Time stands still until the test moves it.</summary>
    public static Config TestSchedulerConfig { get; } =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");
}
