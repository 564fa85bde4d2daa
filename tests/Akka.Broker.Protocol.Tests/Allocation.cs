namespace Akka.Broker.Protocol.Tests;

/// <summary>
/// Managed memory that a piece of code takes on the thread of the test. The runtime now and then allocates on that thread for itself (a method is compiled anew, a type is
/// loaded), once; what the code allocates it allocates every time. So the least of several runs is the code's own.
/// </summary>
internal static class Allocation
{
    private const int RunsMax = 20;

    /// <summary>Bytes of the run that took least. The code is run once before, and not again once a run took nothing.</summary>
    internal static long Least(Action code)
    {
        code();
        var least = long.MaxValue;
        for (var run = 0; run < RunsMax && least > 0; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
