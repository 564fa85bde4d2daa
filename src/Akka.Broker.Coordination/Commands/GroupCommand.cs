using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>Something that a client asks of one group. Each command is answered exactly once, some at once, some when a rebalance or a write is through.</summary>
public abstract record GroupCommand
{
    /// <summary>Whether a group that does not exist comes into being by this command.</summary>
    public virtual bool CreatesGroup => false;

    /// <summary>The answer where the group cannot be asked: its coordinator loads, is elsewhere, or lost its write.</summary>
    public abstract GroupResult Fail(ErrorCode error);

    /// <summary>The answer where no such group exists and this command does not create one.</summary>
    public abstract GroupResult AnswerWithoutGroup();
}

/// <summary>The answer to a <see cref="GroupCommand"/>.</summary>
public abstract record GroupResult;
