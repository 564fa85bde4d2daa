using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Records;

/// <summary>
/// Records that a group wants in its log, together and in this order. The group acts on them only when they come back committed.
/// </summary>
public sealed class GroupWrite
{
    private readonly Action<Moment> _committed;
    private readonly Action<ErrorCode, Moment> _refused;

    internal GroupWrite(IReadOnlyList<GroupRecord> records, Action<Moment> committed, Action<ErrorCode, Moment> refused)
    {
        Records = records;
        _committed = committed;
        _refused = refused;
    }

    public IReadOnlyList<GroupRecord> Records { get; }

    /// <summary>Goes on where the write was asked for; its records are replayed by then.</summary>
    internal void Complete(Moment now) => _committed(now);

    /// <summary>Goes on where the write was asked for, knowing that nothing of it is in the log.</summary>
    internal void Abandon(ErrorCode error, Moment now) => _refused(error, now);
}
