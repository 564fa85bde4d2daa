using System.Text;

namespace Akka.Broker.Simulation.Checks;

/// <summary>How often the checkers had something to check. A run in which these stay at zero proves nothing.</summary>
internal sealed class CheckCounters
{
    public long Events { get; set; }

    /// <summary>Events after which at least one invariant had something new to look at.</summary>
    public long NonVacuousEvents { get; set; }

    public long Acked { get; set; }

    public long AckedFound { get; set; }

    public long AckedRead { get; set; }

    public long Promised { get; set; }

    public long Agreements { get; set; }

    public long Leaderships { get; set; }

    public long ControllerTerms { get; set; }

    public long ControllerRecords { get; set; }

    public long ImagesCompared { get; set; }

    public long ClientViews { get; set; }

    /// <summary>Replicas that were lost to a disk and neither led nor were in sync.</summary>
    public long OfflineChecked { get; set; }

    public long Truncations { get; set; }

    /// <summary>Appends taken in an epoch that had ended elsewhere: each within its leader's lease.</summary>
    public long LateAppends { get; set; }

    public long LogsLost { get; set; }

    public long ExcusedLosses { get; set; }

    /// <summary>Voters that ran on an old copy of their disk, and have all again that was committed.</summary>
    public long VotersMended { get; set; }

    public long Generations { get; set; }

    public long GenerationsOfOffsets { get; set; }

    public long OffsetsCommitted { get; set; }

    /// <summary>All that the checkers have looked at, as one number.</summary>
    public long Looked => AckedFound + AckedRead + Agreements + Leaderships + ControllerTerms + ControllerRecords + ImagesCompared + OfflineChecked + LateAppends + ClientViews + Generations + OffsetsCommitted;

    public void Add(CheckCounters other)
    {
        foreach (var property in typeof(CheckCounters).GetProperties())
        {
            if (property.CanWrite)
                property.SetValue(this, (long)property.GetValue(this)! + (long)property.GetValue(other)!);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var property in typeof(CheckCounters).GetProperties())
        {
            if (property.CanWrite)
                text.Append(property.Name).Append('=').Append(property.GetValue(this)).Append(' ');
        }
        return text.ToString().TrimEnd();
    }
}
