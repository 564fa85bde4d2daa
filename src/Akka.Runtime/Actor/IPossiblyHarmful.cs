namespace Akka.Actor;

/// <summary>A message that must not come from outside of the process unasked.</summary>
public interface IPossiblyHarmful;
