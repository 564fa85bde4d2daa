namespace Akka.Broker.Client.Producing;

/// <summary>
/// How large a partition's batches may become where its topic takes less than <c>batch-size</c>. Nobody tells a producer the topic's limit, and it counts compressed bytes: so it is
/// felt for. A refused batch halves it; so many batches stored in a row that have come near it double it again, since the limit, or how well records compress, may have changed.
/// Where that was wrong the next attempt waits twice as long, and costs ever less. One thread at a time.
/// <para>Invariant: it is never above half of the last refused batch, until so many were stored as patience asks for.</para>
/// </summary>
internal sealed class BatchSizeLimit
{
    public const int PatienceMin = 64;
    public const int PatienceMax = 8_192;

    private int _patience = PatienceMin;
    private int _stored;
    private bool _isTried;

    /// <summary>Bytes before compression.</summary>
    public int Max { get; private set; } = int.MaxValue;

    /// <summary>A batch of this size was too large.</summary>
    public void OnRefused(int size)
    {
        if (_isTried && size > Max / 2)
            _patience = Math.Min(PatienceMax, _patience * 2);
        _isTried = false;
        _stored = 0;
        Max = Math.Min(Max, Math.Max(1, size / 2));
    }

    /// <summary>A batch of this size was stored; one that is far from the limit says nothing about it.</summary>
    public void OnStored(int size)
    {
        if (Max == int.MaxValue || size <= Max / 2)
            return;
        if (_isTried)
        {
            // It is larger than what was allowed before: the attempt has worked.
            _isTried = false;
            _patience = PatienceMin;
        }
        if (++_stored < _patience)
            return;
        _stored = 0;
        _isTried = true;
        Max = Max > int.MaxValue / 2 ? int.MaxValue : Max * 2;
    }
}
