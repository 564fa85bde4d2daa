namespace Akka.TestKit;

/// <summary>A test class whose plain <c>Tell</c> has no sender instead of the test actor.</summary>
public interface INoImplicitSender;
