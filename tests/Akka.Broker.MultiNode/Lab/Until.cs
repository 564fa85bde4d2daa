using System.Diagnostics;
using System.Net.Sockets;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>Waiting for what a cluster is to do by itself.</summary>
public static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until the answer is no longer null; nodes that do not answer meanwhile are no mistake.</summary>
    public static async Task<T> FoundAsync<T>(string what, TimeSpan limit, Func<Task<T?>> find) where T : class
    {
        var start = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            try
            {
                if (await find() is { } found)
                    return found;
                last = null;
            }
            catch (Exception cause) when (cause is SocketException or OperationCanceledException or IOException)
            {
                last = cause;
            }
            await Task.Delay(Pause);
        }
        throw new TimeoutException($"After {limit.TotalSeconds} s there was still not: {what}. {last?.Message}");
    }

    public static Task TrueAsync(string what, TimeSpan limit, Func<Task<bool>> holds) =>
        FoundAsync(what, limit, async () => await holds() ? "" : null);
}
