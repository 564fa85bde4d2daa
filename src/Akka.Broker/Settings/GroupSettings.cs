using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>Limits of consumer groups.</summary>
/// <param name="MinSessionTimeoutMs">A member may not ask for less.</param>
/// <param name="MaxSessionTimeoutMs">A member may not ask for more.</param>
/// <param name="InitialRebalanceDelayMs">How long the first join of an empty group waits for further members.</param>
/// <param name="MaxSize">Members of one group.</param>
public sealed record GroupSettings(int MinSessionTimeoutMs, int MaxSessionTimeoutMs, int InitialRebalanceDelayMs, int MaxSize)
{
    internal static GroupSettings From(SettingsReader reader)
    {
        var settings = new GroupSettings(
            (int)reader.Ms("group.min.session.timeout.ms", 1, int.MaxValue),
            (int)reader.Ms("group.max.session.timeout.ms", 1, int.MaxValue),
            (int)reader.Ms("group.initial.rebalance.delay.ms", 0, int.MaxValue),
            reader.Int("group.max.size", 1));
        if (settings.MinSessionTimeoutMs > settings.MaxSessionTimeoutMs)
        {
            reader.Refuse("group.min.session.timeout.ms", $"{settings.MinSessionTimeoutMs}",
                $"at most group.max.session.timeout.ms, {settings.MaxSessionTimeoutMs}");
        }
        reader.Publish("group.min.session.timeout.ms", ConfigType.Int, settings.MinSessionTimeoutMs);
        reader.Publish("group.max.session.timeout.ms", ConfigType.Int, settings.MaxSessionTimeoutMs);
        reader.Publish("group.initial.rebalance.delay.ms", ConfigType.Int, settings.InitialRebalanceDelayMs);
        reader.Publish("group.max.size", ConfigType.Int, settings.MaxSize);
        return settings;
    }
}
