namespace Akka.Persistence.Journal;

/// <summary>What to do about events that two incarnations of one actor wrote at the same time.</summary>
public enum ReplayFilterMode
{
    /// <summary>Fail the recovery.</summary>
    Fail = 0,

    /// <summary>Log and replay them all.</summary>
    Warn = 1,

    /// <summary>Log and leave out those of the older writer.</summary>
    RepairByDiscardOld = 2,

    /// <summary>Do not look.</summary>
    Disabled = 3,
}
