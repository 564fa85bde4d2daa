namespace Akka.Actor;

/// <summary>What runs when its time is up, on the wheel's thread.</summary>
internal interface ITimeout
{
    void OnTimeout();
}

/// <summary>An entry of a <see cref="TimerWheel"/>: a link of one slot's list.</summary>
internal sealed class WheelTimer(TimerWheel wheel, ITimeout work)
{
    internal WheelTimer? Next;
    internal WheelTimer? Previous;
    internal int Slot = -1;
    internal long Tick;

    internal ITimeout Work { get; } = work;

    public void Cancel() => wheel.Remove(this);
}
