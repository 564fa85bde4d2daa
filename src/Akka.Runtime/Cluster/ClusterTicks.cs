namespace Akka.Cluster;

// What the core tells itself from time to time.

internal sealed class GossipTick
{
    public static readonly GossipTick Instance = new();
}

internal sealed class SpreadTick
{
    public static readonly SpreadTick Instance = new();
}

internal sealed class LeaderTick
{
    public static readonly LeaderTick Instance = new();
}

internal sealed class ReapTick
{
    public static readonly ReapTick Instance = new();
}

internal sealed class GiveUpJoining
{
    public static readonly GiveUpJoining Instance = new();
}
