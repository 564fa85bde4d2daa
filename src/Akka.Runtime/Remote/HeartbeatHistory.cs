namespace Akka.Remote;

/// <summary>
/// The newest intervals between heartbeats, with their mean and standard deviation.
/// The sums are whole numbers, so taking out what was added leaves no error behind.
/// </summary>
internal sealed class HeartbeatHistory(int capacity)
{
    private readonly long[] _intervals = new long[capacity];
    private int _next;
    private int _count;
    private long _sum;
    private long _squareSum;

    public int Count => _count;

    public double Mean => _count == 0 ? 0 : (double)_sum / _count;

    public double StdDeviation
    {
        get
        {
            if (_count == 0)
                return 0;
            var mean = Mean;
            return Math.Sqrt(Math.Max(0, ((double)_squareSum / _count) - (mean * mean)));
        }
    }

    public void Add(long interval)
    {
        if (_count == _intervals.Length)
        {
            var oldest = _intervals[_next];
            _sum -= oldest;
            _squareSum -= oldest * oldest;
        }
        else
        {
            _count++;
        }
        _intervals[_next] = interval;
        _next = (_next + 1) % _intervals.Length;
        _sum += interval;
        _squareSum += interval * interval;
    }
}
