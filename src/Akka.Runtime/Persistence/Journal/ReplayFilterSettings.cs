using Akka.Configuration;

namespace Akka.Persistence.Journal;

/// <summary>The section <c>replay-filter</c> of a journal.</summary>
internal sealed record ReplayFilterSettings(ReplayFilterMode Mode, int WindowSize, int MaxOldWriters)
{
    public static ReplayFilterSettings From(Config journal)
    {
        var mode = journal.GetString("replay-filter.mode", "off");
        return new ReplayFilterSettings(
            mode switch
            {
                "off" => ReplayFilterMode.Disabled,
                "repair-by-discard-old" => ReplayFilterMode.RepairByDiscardOld,
                "fail" => ReplayFilterMode.Fail,
                "warn" => ReplayFilterMode.Warn,
                _ => throw new ConfigurationException($"replay-filter.mode is '{mode}'; allowed: off, repair-by-discard-old, fail, warn"),
            },
            journal.GetInt("replay-filter.window-size", 100),
            journal.GetInt("replay-filter.max-old-writers", 10));
    }
}
