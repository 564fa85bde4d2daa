using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

/// <summary>A clock that the test sets.</summary>
public sealed class ManualClock
{
    public long NowMs { get; set; }

    public Clock Read => () => NowMs;
}
