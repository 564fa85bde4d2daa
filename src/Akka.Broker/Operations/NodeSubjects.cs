namespace Akka.Broker.Operations;

/// <summary>What a node can be asked by <see cref="InspectNode"/>, and the cells of its answer.</summary>
public static class NodeSubjects
{
    /// <summary>Folders that belong to no topic: path, since when and when it is removed, both in Unix ms.</summary>
    public const string Strays = "strays";

    /// <summary>What has become of the group that the argument names: when in Unix ms, text.</summary>
    public const string GroupHistory = "group-history";

    /// <summary>
    /// What the node has sent of the log in the argument (topic id, partition, offset, with blanks between) does not match its checksum: it is to look for damage there.
    /// </summary>
    public const string Damaged = "damaged";

    /// <summary>Stop in order, for the reason in the argument. The answer comes before it is done.</summary>
    public const string Stop = "stop";
}
