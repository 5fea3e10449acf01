using MathNet.Numerics.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Tensors;

/// <summary>Ways in and out of a set.</summary>
public class TensorSetTests
{
    [Fact]
    public void Sets_that_C_sharp_spreads_by_their_elements_are_refused_in_words()
    {
        var (one, other) = (TensorSet.OfTensors(Given.Vector("a", 1.0, 2)), TensorSet.OfTensors(Given.Vector("b", 3.0, 4)));
        Assert.Equal("a [2], b [2]", TensorSet.OfTensors(one.Concat(other).ToArray()).Layout.ToString());
        Refused.With<ArgumentNullException>(
            "tensors must hold no null, had one at index 2 of 4; sets are joined by set.Concat(more).ToArray()", () => TensorSet.OfTensors([.. one, .. other]));
        Refused.With<ArgumentNullException>("tensors must hold no null, had one at index 0 of 1", () => TensorSet.OfTensors<double>([null!]));
    }

    [Fact]
    public void What_was_given_is_copied_and_may_change_afterwards()
    {
        double[] array = [1, 2, 3];
        var vector = Vector<double>.Build.Dense([1.0, 2, 3]);
        var matrix = Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 2, 3 } });
        TensorSet<double>[] sets =
        [
            TensorSet.OfArray(array), TensorSet.OfSpan<double>(array), TensorSet.Of(vector), TensorSet.OfMatrix(matrix),
            TensorSet.OfValues<double>(Layout.OfVector(3), array), TensorSet.OfTensors(Tensor.Of("v", vector)),
            TensorSet.OfTensors(Tensor.Of("m", matrix)), TensorSet.OfTensors(Tensor.OfSpan<double>(new TensorShape("s", 3), array)),
        ];
        var state = Optimizer.Init(new Identity(), vector);
        var stepped = state.Step(vector).Item2;
        array[0] = 9;
        vector[0] = 9;
        matrix[0, 0] = 9;
        Assert.All(sets, set => Assert.Equal([1, 2, 3], set.ToArray()));
        Assert.Equal([1, 2, 3], state.Parameters.ToArray());
        Assert.Equal([0, 0, 0], stepped.ToArray());
    }

    [Fact]
    public void What_comes_out_is_a_copy()
    {
        var set = TensorSet.OfMatrix(Matrix<double>.Build.Dense(2, 2, 1));
        set.ToArray()[0] = 9;
        set.ToVector()[0] = 9;
        set[0].ToArray()[0] = 9;
        set[0].ToVector()[0] = 9;
        set[0].ToMatrix()[0, 0] = 9;
        Assert.Equal([1, 1, 1, 1], set.ToArray());
    }

    [Fact]
    public void A_matrix_is_row_major_and_comes_back()
    {
        var matrix = Matrix<float>.Build.Dense(3, 4, (row, column) => (10 * row) + column);
        var set = TensorSet.OfTensors(Tensor.Of("w", matrix), Tensor.Of("b", Vector<float>.Build.Dense([7f, 8f])), Tensor.OfScalar("s", 5f));
        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 7, 8, 5], set.ToArray());
        Assert.Equal(matrix, set["w"].ToMatrix());
        Assert.Equal([7f, 8f], set["b"].ToVector().ToArray());
        Assert.Equal([5f], set["s"].ToArray());
        Assert.Empty(set["s"].Shape.Dimensions);
        Assert.Throws<InvalidOperationException>(() => set["b"].ToMatrix());
        Assert.Equal(["w", "b", "s"], set.Select(tensor => tensor.Name));
        Assert.Equal(matrix.Transpose(), TensorSet.OfMatrix(matrix.Transpose())[0].ToMatrix());
    }

    [Fact]
    public void A_sparse_or_strided_vector_comes_in_by_value()
    {
        var sparse = Vector<double>.Build.SparseOfIndexed(4, [Tuple.Create(2, 5.0)]);
        Assert.Equal([0, 0, 5, 0], TensorSet.Of(sparse).ToArray());
        Assert.Equal([0, 0, -5, 0], Optimizer.Init(new Identity(), Vector<double>.Build.Dense(4)).Step(sparse).Item2.ToArray());
    }

    [Fact]
    public void Generate_Filled_and_Map_go_by_the_flat_index()
    {
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("none", 0), new TensorShape("b", 1, 2));
        Assert.Equal([0, 1, 2, 3], TensorSet.Generate<double>(layout, i => i).ToArray());
        Assert.Equal([2f, 2, 2, 2], TensorSet.Filled(layout, 2f).ToArray());
        Assert.Equal([2, 3], TensorSet.Generate<double>(layout, i => i)["b"].ToArray());
        Assert.Equal(0, TensorSet.Filled(layout, 2f)["none"].Length);
    }

    [Fact]
    public void Wrong_input_is_named()
    {
        Refused.With<ArgumentException>("must hold 3 elements", () => TensorSet.OfValues<double>(Layout.OfVector(3), [1, 2]));
        Refused.With<ArgumentException>("'x' occurs twice", () => TensorSet.OfTensors(Tensor.OfScalar("x", 1.0), Tensor.OfScalar("x", 1.0)));
        Refused.With<KeyNotFoundException>("no tensor 'y'", () => TensorSet.OfArray([1.0])["y"]);
        Refused.With<ArgumentException>("must be 0 or more, was [2, -1]", () => new TensorShape("t", 2, -1));
        Refused.With<ArgumentException>("at most", () => new TensorShape("t", 1 << 20, 1 << 20));
        Refused.With<ArgumentException>("goes beyond", () => Layout.Of(new TensorShape("a", 1 << 30), new TensorShape("b", 1 << 30)));
        Refused.With<NotSupportedException>("must be float or double", () => TensorSet.OfArray([(Half)1]));
        var state = Optimizer.Init(new Sgd(), TensorSet.OfTensors(Tensor.OfScalar("w", 1.0)));
        Refused.With<ArgumentException>("'w' has shape [2]", () => state.Step(TensorSet.OfTensors(Tensor.OfSpan<double>(new TensorShape("w", 2), [1, 2]))));
        Refused.With<ArgumentException>("named 'v'", () => state.Step(TensorSet.OfTensors(Tensor.OfScalar("v", 1.0))));
    }

    [Fact]
    public void A_zero_dimension_makes_an_empty_tensor_and_hides_no_overflow()
    {
        Assert.Equal(0, new TensorShape("t", 1 << 20, 1 << 20, 0).Length);
        Assert.Equal(0, new TensorShape("t", 0, 1 << 20, 1 << 20).Length);
    }

    [Fact]
    public void Sets_are_equal_by_their_bits()
    {
        var nan = TensorSet.OfArray([double.NaN, 0.0]);
        Assert.Equal(nan, TensorSet.OfArray([double.NaN, 0.0]));
        Assert.Equal(nan.GetHashCode(), TensorSet.OfArray([double.NaN, 0.0]).GetHashCode());
        Assert.True(nan[0].Equals(TensorSet.OfArray([double.NaN, 0.0])[0]));
        Assert.Equal(nan[0].GetHashCode(), TensorSet.OfArray([double.NaN, 0.0])[0].GetHashCode());
        Assert.False(nan[0].Equals(TensorSet.OfArray([double.NaN, -0.0])[0]));
        Assert.False(nan[0].Equals(Tensor.OfSpan(new TensorShape("other", 2), [double.NaN, 0.0])));
        Assert.NotEqual(nan, TensorSet.OfArray([double.NaN, -0.0]));
        Assert.NotEqual(nan, TensorSet.OfArray([BitConverter.Int64BitsToDouble(0x7FF8000000000001), 0.0]));
        Assert.NotEqual(TensorSet.Filled(Layout.Of(new TensorShape("a", 2)), 1.0), TensorSet.Filled(Layout.Of(new TensorShape("b", 2)), 1.0));
        Assert.NotEqual(TensorSet.Filled(Layout.Of(new TensorShape("a", 2, 3)), 1.0), TensorSet.Filled(Layout.Of(new TensorShape("a", 3, 2)), 1.0));
    }

    [Fact]
    public void No_tensor_at_all_can_be_stepped()
    {
        var none = TensorSet.OfTensors<double>();
        foreach (var entry in RuleNames.OfGradient)
        {
            var state = Optimizer.Init(entry.Create(), none).Step(none).Item1;
            Assert.Equal(1, state.StepCount);
            Assert.Empty(state.Donate().Step(none).Item2);
        }

        Assert.Equal(0, none.Norm());
        Assert.Equal(0, none.Dot(none));
    }
}
