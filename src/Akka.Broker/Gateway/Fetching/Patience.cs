namespace Akka.Broker.Gateway.Fetching;

/// <summary>What patience goes by, in bytes of records.</summary>
/// <param name="MuchBytes">From so much on, found at once, a leader and its follower are taken for busy.</param>
/// <param name="EnoughBytes">What is then worth an answer.</param>
internal readonly record struct PatienceLimits(int MuchBytes, int EnoughBytes)
{
    public static readonly PatienceLimits Default = new(64 * 1024, 256 * 1024);
}

/// <summary>
/// Whether a follower's next answer waits for more records than there are. A turn between leader and follower costs both the same whatever it brings, and under load many
/// bring a single batch, the first of a burst. Where leader and follower are so busy that much often lies ready when the follower asks again, larger turns do with fewer.
/// <code>
///             much was there at once, in a quarter of the answers or more
///  [ prompt ] ───────────────────────────────────────────────────────────▶ [ patient ]
///       ▲                                                                       │
///       └── resting for some answers, twice as many each time ◀── too often a moment passed, and enough did not come
/// </code>
/// Producers that wait for their acknowledgements send nothing more meanwhile: patience with them is in vain, which is found out at once and then tried ever more seldom.
/// <para>Invariant: records wait for others no longer than <see cref="IPoll.SoonMs"/>, by the timer that counts it. Not thread-safe.</para>
/// </summary>
internal sealed class Patience(PatienceLimits limits)
{
    // A busy answer outweighs three that are not.
    private const int BusyScore = 3;
    private const int ScoreToBegin = 12;

    // What was worth it for long may fail a few times.
    private const int CreditMax = 8;
    private const int FailureCost = 4;

    private const int RestMin = 8;
    private const int RestMax = 65536;

    private int _score;
    private int _credit;
    private int _restLeft;
    private int _nextRest = RestMin;

    /// <summary>What records alone must come to for the next answer to be given at once; 0: any will do.</summary>
    public int EnoughBytes { get; private set; }

    /// <summary>The follower was answered.</summary>
    /// <param name="bytes">Of records.</param>
    /// <param name="hasWaited">Whether the answer was not there when it was asked for.</param>
    public void OnAnswered(long bytes, bool hasWaited)
    {
        if (EnoughBytes > 0)
            Judge(isWorthIt: bytes >= EnoughBytes);
        else if (_restLeft > 0)
            _restLeft--;
        else
            Count(isBusy: !hasWaited && bytes >= limits.MuchBytes);
    }

    private void Count(bool isBusy)
    {
        _score = Math.Max(0, _score + (isBusy ? BusyScore : -1));
        if (_score >= ScoreToBegin)
            EnoughBytes = limits.EnoughBytes;
    }

    private void Judge(bool isWorthIt)
    {
        if (isWorthIt)
        {
            _credit = Math.Min(CreditMax, _credit + 1);
            _nextRest = Math.Max(RestMin, _nextRest / 2);
            return;
        }

        _credit -= FailureCost;
        if (_credit >= 0)
            return;
        (EnoughBytes, _score, _credit) = (0, 0, 0);
        _restLeft = _nextRest;
        _nextRest = Math.Min(RestMax, _nextRest * 2);
    }
}
