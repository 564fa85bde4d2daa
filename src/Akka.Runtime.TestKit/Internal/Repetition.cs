using System.Diagnostics;

namespace Akka.TestKit.Internal;

/// <summary>Trying again until something holds. What fails last is what the test sees.</summary>
internal static class Repetition
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(50);

    public static void UntilHolds(Action assertion, TimeSpan max, TimeSpan? interval, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                assertion();
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(start) < max && !cancellationToken.IsCancellationRequested)
            {
                cancellationToken.WaitHandle.WaitOne(interval ?? DefaultInterval);
            }
        }
    }

    public static async Task UntilHoldsAsync(Func<Task> assertion, TimeSpan max, TimeSpan? interval, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(start) < max && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(interval ?? DefaultInterval, cancellationToken);
            }
        }
    }

    public static bool UntilTrue(Func<bool> condition, TimeSpan max, TimeSpan? interval, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) >= max || cancellationToken.WaitHandle.WaitOne(interval ?? DefaultInterval))
                return false;
        }
        return true;
    }
}
