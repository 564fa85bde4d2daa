namespace Akka.Remote;

/// <summary>A monotonic clock, in milliseconds.</summary>
public delegate long Clock();
