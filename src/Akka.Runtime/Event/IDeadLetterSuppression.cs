namespace Akka.Event;

/// <summary>A message that is not worth a log line when it becomes a dead letter.</summary>
public interface IDeadLetterSuppression;
