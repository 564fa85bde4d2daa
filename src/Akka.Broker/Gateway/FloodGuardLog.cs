namespace Akka.Broker.Gateway;

/// <summary>
/// Lets through so many warnings a second and sums up the rest in one line: thousands of hostile connections shall not fill a disk with what they sent.
/// Thread-safe.
/// </summary>
internal sealed class FloodGuardLog(IGatewayLog log) : IGatewayLog
{
    private const int WarningsASecondMax = 20;

    private int _warnings;

    public void Debug(string text) => log.Debug(text);

    public void Info(string text) => log.Info(text);

    public void Warning(string text)
    {
        if (Interlocked.Increment(ref _warnings) <= WarningsASecondMax)
            log.Warning(text);
    }

    public void Error(Exception cause, string text) => log.Error(cause, text);

    /// <summary>To be called once a second.</summary>
    public void OnSecond()
    {
        var left = Interlocked.Exchange(ref _warnings, 0) - WarningsASecondMax;
        if (left > 0)
            log.Warning($"{left} more warnings of connections came within a second and were left out.");
    }
}
