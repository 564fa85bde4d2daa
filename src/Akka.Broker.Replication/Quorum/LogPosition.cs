namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// How complete a log is: the epoch of its last record, then the offset behind it. The larger one holds everything that can be committed of the other.
/// Also the name of a snapshot, which stands for all records before <paramref name="Offset"/>, the last of which is of <paramref name="Epoch"/>.
/// </summary>
public readonly record struct LogPosition(int Epoch, long Offset) : IComparable<LogPosition>
{
    /// <summary>Of a log without records.</summary>
    public static readonly LogPosition Start = new(0, 0);

    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    public int CompareTo(LogPosition other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Offset.CompareTo(other.Offset);

    public override string ToString() => $"{Offset}-{Epoch}";
}
