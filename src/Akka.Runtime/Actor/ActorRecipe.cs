using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor;

/// <summary>How the instances of one <see cref="Props"/> are made: by a known constructor, by the one that fits, or by a producer.</summary>
internal sealed class ActorRecipe
{
    private readonly ConstructorInvoker? _constructor;
    private readonly IIndirectActorProducer? _producer;

    public ActorRecipe(Type type, object[]? args)
    {
        Type = type;
        Arguments = args ?? [];
    }

    public ActorRecipe(IIndirectActorProducer producer, object[] args)
    {
        _producer = producer;
        Type = producer.ActorType;
        Arguments = args;
    }

    private ActorRecipe(ConstructorInfo constructor, object[] args)
    {
        _constructor = ConstructorInvoker.Create(constructor);
        Type = constructor.DeclaringType!;
        Arguments = args;
    }

    public Type Type { get; }

    public object[] Arguments { get; }

    /// <summary>As in Akka.NET a constructor that is not public cannot be called, though the expression can: the actor fails when it is made.</summary>
    public static ActorRecipe Of(NewExpression expression)
    {
        object[] args = [.. expression.Arguments.Select(Evaluate)!];
        return expression.Constructor is { IsPublic: true } constructor ? new ActorRecipe(constructor, args) : new ActorRecipe(expression.Type, args);
    }

    public ActorBase Make()
    {
        if (_producer is not null)
            return _producer.Produce();
        if (_constructor is not null)
            return (ActorBase)_constructor.Invoke(Arguments.AsSpan()!);
        try
        {
            return (ActorBase)Activator.CreateInstance(Type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, Arguments, null)!;
        }
        catch (MissingMethodException e)
        {
            var given = string.Join(", ", Arguments.Select(argument => argument?.GetType().Name ?? "null"));
            throw new TypeLoadException($"{Type} has no public constructor for the arguments ({given}) of its Props", e);
        }
    }

    public void Release(ActorBase actor) => _producer?.Release(actor);

    private static object? Evaluate(Expression argument) => argument switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field, Expression: ConstantExpression closure } => field.GetValue(closure.Value),
        MemberExpression { Member: FieldInfo { IsStatic: true } field, Expression: null } => field.GetValue(null),
        _ => Expression.Lambda(argument).Compile(preferInterpretation: true).DynamicInvoke(),
    };
}
